#include "ops/conv_pairs.h"

#include <algorithm>
#include <cstdlib>

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kPixels = 4;
constexpr size_t kWord = 4;

size_t round_up(size_t count, size_t to) {
  return (count + to - 1) / to * to;
}

// How far below the input the output must begin so that no block of pixels overwrites what a later
// one reads.
int64_t overlap_lead(const ConvWindow& w) {
  int64_t lead = INT64_MIN;
  const int64_t pixels = int64_t{w.out_h} * w.out_w;
  const int64_t input_bytes = int64_t{w.in_h} * w.in_w * w.in_c;
  auto first_read = [&](int64_t pixel) {
    const int64_t row = std::max<int64_t>(0, pixel / w.out_w * w.stride.h - w.pad_h);
    const int64_t column = std::max<int64_t>(0, pixel % w.out_w * w.stride.w - w.pad_w);
    return (row * w.in_w + column) * w.in_c;
  };
  for (int64_t end = kPixels; end < pixels + kPixels; end += kPixels) {
    int64_t needed = input_bytes;
    if (end < pixels) {
      needed = first_read(end);
      const int64_t next_row = (end / w.out_w + 1) * w.out_w;
      if (next_row < pixels) needed = std::min(needed, first_read(next_row));
    }
    lead = std::max(lead, std::min(end, pixels) * w.out_c - needed);
  }
  return lead;
}

}  // namespace

bool sums_fit_half(std::span<const int8_t> weights, size_t count) {
  constexpr int32_t kLimit = 255;  // times -128 is more than -2^15
  for (size_t first = 0; first < weights.size(); first += count) {
    int32_t sum = 0;
    for (size_t i = first; i < std::min(first + count, weights.size()); ++i)
      sum += std::abs(weights[i]);
    if (sum > kLimit) return false;
  }
  return true;
}

Result<std::vector<Lowering>> lower_conv_pairs(const ir::Graph& graph, const ir::Node& node,
                                               const MacTraits& traits, const ConvWindow& window) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const size_t row_bytes =
      round_up(static_cast<size_t>(layer.weights.elements() / layer.channels()), kWord);
  std::vector<int8_t> weights;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    std::vector<int8_t> row = channel_weights(layer, channel);
    if (!sums_fit_half(row, 2)) return std::vector<Lowering>();
    row.resize(row_bytes);
    weights.insert(weights.end(), row.begin(), row.end());
  }
  KernelCall call;
  call.function = "conv_s8_pairs";
  call.params_type = "ConvS8PairsParams";
  call.header = "kernels/conv/kernel.h";
  call.source = "kernels/conv/conv_pairs.cc";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  const bool is_unchanged =
      traits.channel_axis == 0 && static_cast<int64_t>(weights.size()) == layer.weights.elements();
  if (is_unchanged)
    add_tensor(call, graph, "weights", node.inputs[traits.weights_index]);
  else
    add_table<int8_t>(call, "weights", ir::DataType::kInt8, weights);
  call.constants.back().is_weights = true;
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [&](int32_t channel) {
    return !sums_fit_half(channel_weights(layer, channel), kWord);
  });
  window.add_fields(call);
  call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  call.fields.push_back({"row_bytes", static_cast<int64_t>(row_bytes)});
  // Two words for each weight, and one tap of padding.
  call.scratch_bytes = 2 * sizeof(int32_t) * row_bytes + static_cast<size_t>(window.in_c);
  Lowering way;
  way.calls = {std::move(call)};
  way.variant = "pairs";
  if (window.batches == 1) way.overlap = Overlap{.lead_bytes = overlap_lead(window)};
  return std::vector<Lowering>{std::move(way)};
}

}  // namespace thimble::ops
