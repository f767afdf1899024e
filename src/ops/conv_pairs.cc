#include "ops/conv_pairs.h"

#include <algorithm>
#include <cstdlib>

#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kPixels = 4;
constexpr size_t kWord = 4;

size_t round_up(size_t count, size_t to) {
  return (count + to - 1) / to * to;
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
  way.overlap = Overlap{
      .lead_bytes = lead_of_window_walk(walk_of(window, 1, 1), WindowReads::kBlock, kPixels)};
  return std::vector<Lowering>{std::move(way)};
}

}  // namespace thimble::ops
