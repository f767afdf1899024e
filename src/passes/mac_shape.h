// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, seen alike: output lanes that sum input times
// weight over taps and input lanes.
//
// A fully connected layer is a convolution whose taps are the pixels of a row. A MacShape refers to
// the graph and must not outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ops/mac_layer.h"

namespace thimble::passes {

// The taps [first, last) along one axis of the window: those inside the input at some output
// pixels.
struct TapInterval {
  int32_t first, last;
  bool operator==(const TapInterval&) const = default;
};

// Where a tap reads.
enum class TapPlace { kInside, kPadding, kEither };

struct MacShape {
  // nullopt for other operators, float layers with integer weights, grouped convolutions, and rows
  // that are no whole pixels. The node must have passed its `verify`.
  static std::optional<MacShape> of(const ir::Graph& graph, const ir::Node& node);

  ops::MacLayer layer;
  int32_t in_lanes = 1, out_lanes = 1;
  int32_t taps_h = 1, taps_w = 1;
  int32_t multiplier = 0;  // depthwise: output lanes per input lane; otherwise 0
  // Each that occurs, once. An output pixel sees the taps of one of the rows and columns.
  std::vector<TapInterval> tap_rows = {}, tap_columns = {};

  bool is_depthwise() const { return multiplier > 0; }
  bool is_integer() const { return ir::is_integer(layer.input.type); }
  int32_t taps() const { return taps_h * taps_w; }

  // Input and output lanes correspond, so that one cannot exist without the other. A depthwise
  // layer of one input lane is a convolution.
  bool lanes_together() const { return is_depthwise() && in_lanes > 1; }

  // The input lanes [first, last) that an output lane reads.
  int32_t first_input(int32_t out) const { return is_depthwise() ? out / multiplier : 0; }
  int32_t last_input(int32_t out) const { return is_depthwise() ? out / multiplier + 1 : in_lanes; }

  // Position in the constant. Only for input lanes that the output lane reads.
  int64_t weight_index(int32_t out, int32_t tap, int32_t in) const {
    return is_depthwise() ? int64_t{tap} * out_lanes + out
                          : (int64_t{out} * taps() + tap) * in_lanes + in;
  }
  // Whether the weight there is another one than 0.
  bool has_weight(int32_t out, int32_t tap, int32_t in) const;

  // By tap.
  std::vector<TapPlace> tap_places() const;
};

}  // namespace thimble::passes
