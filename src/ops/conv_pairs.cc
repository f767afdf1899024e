#include "ops/conv_pairs.h"

#include <algorithm>
#include <cstdlib>

#include "ops/int4.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr int32_t kPixels = 4;
constexpr size_t kWord = 4, kNibblesPerWord = 8;

size_t round_up(size_t count, size_t to) {
  return (count + to - 1) / to * to;
}

// Rows of weights, each filled up with zeros to a multiple of `row_weights`.
std::vector<int8_t> filled_rows(const MacLayer& layer, size_t row_weights) {
  std::vector<int8_t> weights;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    std::vector<int8_t> row = channel_weights(layer, channel);
    row.resize(round_up(row.size(), row_weights));
    weights.insert(weights.end(), row.begin(), row.end());
  }
  return weights;
}

// What both kernels have in common; `row_weights` with what fills up a row.
Lowering way_of(const ir::Node& node, const MacTraits& traits, const MacLayer& layer,
                const ConvWindow& window, KernelCall call, size_t row_weights) {
  call.params_type = "ConvS8PairsParams";
  call.header = "kernels/conv/kernel.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  call.constants.front().is_weights = true;
  window.add_fields(call);
  call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  // Two words for each weight, and one tap of padding.
  call.scratch_bytes = 2 * sizeof(int32_t) * row_weights + static_cast<size_t>(window.in_c);
  Lowering way;
  way.calls = {std::move(call)};
  way.overlap = Overlap{
      .lead_bytes = lead_of_window_walk(walk_of(window, 1, 1), WindowReads::kBlock, kPixels)};
  return way;
}

Lowering with_eight_bits(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits,
                         const MacLayer& layer, const OutputStage& stage, const ConvWindow& window,
                         size_t row_weights) {
  KernelCall call;
  call.function = "conv_s8_pairs";
  call.source = "kernels/conv/conv_pairs.cc";
  const std::vector<int8_t> weights = filled_rows(layer, kWord);
  const bool is_unchanged =
      traits.channel_axis == 0 && static_cast<int64_t>(weights.size()) == layer.weights.elements();
  if (is_unchanged)
    add_tensor(call, graph, "weights", node.inputs[traits.weights_index]);
  else
    add_table<int8_t>(call, "weights", ir::DataType::kInt8, weights);
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [&](int32_t channel) {
    return !sums_fit_half(channel_weights(layer, channel), kWord);
  });
  row_weights = round_up(row_weights, kWord);
  call.fields.push_back({"row_bytes", static_cast<int64_t>(row_weights)});
  Lowering way = way_of(node, traits, layer, window, std::move(call), row_weights);
  way.variant = "pairs";
  return way;
}

Lowering with_four_bits(const ir::Node& node, const MacTraits& traits, const MacLayer& layer,
                        const OutputStage& stage, const ConvWindow& window, size_t row_weights) {
  KernelCall call;
  call.function = "conv_s4_pairs";
  call.source = "kernels/conv/conv_pairs_int4.cc";
  add_table<int8_t>(call, "weights", ir::DataType::kInt8,
                    nibble_bytes(filled_rows(layer, kNibblesPerWord)));
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [](int32_t) { return false; });
  row_weights = round_up(row_weights, kNibblesPerWord);
  call.fields.push_back({"row_bytes", static_cast<int64_t>(row_weights / 2)});
  Lowering way = way_of(node, traits, layer, window, std::move(call), row_weights);
  way.variant = "int4";
  return way;
}

// By the instructions of both inner loops, which take words of weights: 44 cycles for four of eight
// bits, 77 for eight of four.
bool are_four_bits_faster(size_t row_weights) {
  return 77 * round_up(row_weights, kNibblesPerWord) / kNibblesPerWord <
         44 * round_up(row_weights, kWord) / kWord;
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
  const auto row_weights = static_cast<size_t>(layer.weights.elements() / layer.channels());
  std::vector<Lowering> ways;
  for (int32_t channel = 0; channel < layer.channels(); ++channel)
    if (!sums_fit_half(channel_weights(layer, channel), 2)) return ways;
  ways.push_back(with_eight_bits(graph, node, traits, layer, stage, window, row_weights));
  if (fits_int4(layer))
    ways.insert(are_four_bits_faster(row_weights) ? ways.begin() : ways.end(),
                with_four_bits(node, traits, layer, stage, window, row_weights));
  return ways;
}

}  // namespace thimble::ops
