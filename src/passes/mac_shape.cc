#include "passes/mac_shape.h"

#include <algorithm>

#include "base/check.h"
#include "ops/conv_window.h"
#include "passes/lanes.h"

namespace thimble::passes {
namespace {

using ops::ConvWindow;
using ops::MacLayer;
using ops::MacTraits;

const MacTraits* traits_of(const ir::Node& node) {
  if (node.op == "CONV_2D") return &ops::kConv2dTraits;
  if (node.op == "DEPTHWISE_CONV_2D") return &ops::kDepthwiseTraits;
  if (node.op == "FULLY_CONNECTED") return &ops::kFullyConnectedTraits;
  return nullptr;
}

// A bias this large could leave its bounds when constants are folded into it.
bool has_huge_bias(const MacLayer& layer) {
  constexpr int64_t kMaxBias = int64_t{1} << 45;
  return layer.mode() == ops::MacMode::kInt16 &&
         std::ranges::any_of(ops::integer_bias(layer),
                             [](int64_t value) { return value <= -kMaxBias || value >= kMaxBias; });
}

// The taps inside the input, for each output position of one axis; neighbours that agree once. The
// ends only fall from one position to the next, so equal intervals are neighbours.
std::vector<TapInterval> axis_taps(int32_t input, int32_t output, int32_t taps, int32_t pad,
                                   int32_t stride, int32_t dilation) {
  std::vector<TapInterval> result;
  for (int32_t i = 0; i < output; ++i) {
    const int64_t start = int64_t{i} * stride - pad;
    auto taps_before = [&](int64_t position) {  // taps that read below it
      const int64_t distance = position - start;
      const int64_t count = distance <= 0 ? 0 : (distance + dilation - 1) / dilation;
      return static_cast<int32_t>(std::min<int64_t>(count, taps));
    };
    const TapInterval inside{taps_before(0), taps_before(input)};
    if (result.empty() || result.back() != inside) result.push_back(inside);
  }
  return result;
}

// By tap of one axis.
std::vector<TapPlace> axis_places(const std::vector<TapInterval>& intervals, int32_t taps) {
  std::vector<int64_t> change(static_cast<size_t>(taps) + 1);  // of the number of intervals
  for (const TapInterval& interval : intervals) {
    ++change[static_cast<size_t>(interval.first)];
    --change[static_cast<size_t>(interval.last)];
  }
  std::vector<TapPlace> places;
  int64_t inside = 0;
  for (int32_t tap = 0; tap < taps; ++tap) {
    inside += change[static_cast<size_t>(tap)];
    places.push_back(inside == 0                                        ? TapPlace::kPadding
                     : inside == static_cast<int64_t>(intervals.size()) ? TapPlace::kInside
                                                                        : TapPlace::kEither);
  }
  return places;
}

}  // namespace

std::optional<MacShape> MacShape::of(const ir::Graph& graph, const ir::Node& node) {
  const MacTraits* traits = traits_of(node);
  if (!traits) return std::nullopt;
  const MacLayer layer = MacLayer::of(graph, node, *traits);
  const bool has_own_weights =
      ir::is_integer(layer.input.type) || layer.mode() == ops::MacMode::kFloat;
  if (!has_own_weights || has_huge_bias(layer)) return std::nullopt;

  MacShape mac{.layer = layer};
  mac.in_lanes = lane_count(layer.input);
  mac.out_lanes = layer.channels();
  if (traits == &ops::kFullyConnectedTraits) {
    const int32_t row = layer.weights.shape[1];
    if (row % mac.in_lanes != 0) return std::nullopt;
    mac.taps_w = row / mac.in_lanes;
    mac.tap_rows = {{0, 1}};
    mac.tap_columns = {{0, mac.taps_w}};
    return mac;
  }
  const auto window = ConvWindow::of_convolution(node, layer);
  CHECK(window, "{}", window.error().to_string());
  mac.taps_h = window->filter_h;
  mac.taps_w = window->filter_w;
  mac.tap_rows = axis_taps(window->in_h, window->out_h, window->filter_h, window->pad_h,
                           window->stride.h, window->dilation.h);
  mac.tap_columns = axis_taps(window->in_w, window->out_w, window->filter_w, window->pad_w,
                              window->stride.w, window->dilation.w);
  if (traits == &ops::kDepthwiseTraits)
    mac.multiplier = mac.out_lanes / mac.in_lanes;
  else if (layer.weights.shape[3] != mac.in_lanes)
    return std::nullopt;
  return mac;
}

std::vector<TapPlace> MacShape::tap_places() const {
  const std::vector<TapPlace> rows = axis_places(tap_rows, taps_h);
  const std::vector<TapPlace> columns = axis_places(tap_columns, taps_w);
  std::vector<TapPlace> places;
  for (TapPlace row : rows)
    for (TapPlace column : columns)
      places.push_back(row == TapPlace::kPadding || column == TapPlace::kPadding
                           ? TapPlace::kPadding
                       : row == column ? row
                                       : TapPlace::kEither);
  return places;
}

bool MacShape::has_weight(int32_t out, int32_t tap, int32_t in) const {
  const int64_t index = weight_index(out, tap, in);
  if (!is_integer()) return layer.weights.as<float>()[index] != 0;
  return layer.weights.as<int8_t>()[index] != layer.weight_zero_point();
}

}  // namespace thimble::passes
