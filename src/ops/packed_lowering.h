// Weights and tables for the kernels that work by packed row pairs (target/runtime/packed.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ops/mac_layer.h"

namespace thimble::ops {

inline constexpr int32_t kQuad = 4;  // channels that are computed at once
inline constexpr int32_t kQuadWords = 9, kSteadyWords = 12;  // of their tables

// In an order of weights: one that counts nothing.
inline constexpr int32_t kNoWeight = -1;

// One output channel as the kernels see it.
struct PackedChannel {
  std::vector<int8_t> weights;  // in the kernel's order
  int32_t bias = 0;             // minus the input's zero point times the weights' sum
  int32_t multiplier = 0;
  int32_t shift = 0;        // e - 1, see packed.h
  int64_t largest_sum = 0;  // by magnitude
};

// `bias` is the channel's folded_bias. A channel that is always clamped may come back as another
// one that gives the same outputs. Nothing when the numbers do not fit the kernels' last step.
std::optional<PackedChannel> packed_channel(const MacLayer& layer, const OutputStage& stage,
                                            std::span<const int32_t> order, int32_t index,
                                            int64_t bias);

struct PackedLayer {
  std::vector<PackedChannel> channels;  // a multiple of those computed together
  std::vector<int32_t> weights;         // words of two channels by two inputs
  std::vector<int32_t> table;           // kQuadWords words a quad
};

// Packs every channel's weights. `order` says which weight of a channel meets the i-th input that
// the kernel reads, kNoWeight for one that counts nothing; its length is even. A step of two inputs
// takes one word for each of the `pairs` pairs of channels that are computed together (2: a quad).
// The last group is filled up with channels of zeros.
// Nothing when a channel's numbers do not fit the format.
std::optional<PackedLayer> pack_row_pairs(const MacLayer& layer, const OutputStage& stage,
                                          std::span<const int32_t> order, int32_t pairs);
// Only the channels [first, end).
std::optional<PackedLayer> pack_row_pairs(const MacLayer& layer, const OutputStage& stage,
                                          std::span<const int32_t> order, int32_t pairs,
                                          int32_t first, int32_t end);

// The order in which extend_pairs lays out a run of `count` inputs, the first of them being
// `first`.
void append_run(std::vector<int32_t>& order, int32_t first, int32_t count);

// Appends to a table what the sums of a quad begin with.
void append_init(std::vector<int32_t>& table, std::span<const PackedChannel> quad);

// The table for multiply_tile_steady, kSteadyWords words a quad, if that gives every output right.
std::optional<std::vector<int32_t>> steady_table(const OutputStage& stage,
                                                 std::span<const PackedChannel> channels);

}  // namespace thimble::ops
