#include "ops/fully_connected_rows.h"

#include <cstdlib>

#include "ops/staged_lowering.h"

namespace thimble::ops {
namespace {

using base::Result;

constexpr size_t kChannels = 4;  // computed together

// The halfword of two channels' weights for one input; nothing when they do not fit.
std::optional<uint32_t> pack_half(int32_t low, int32_t high) {
  const int32_t half = low + 256 * high;
  if (half < INT16_MIN) return std::nullopt;
  return static_cast<uint32_t>(half) & 0xFFFFu;
}

// Whether the sum of products with any inputs fits 24 bits.
bool sum_fits(const std::vector<int8_t>& weights) {
  int64_t sum = 0;
  for (int8_t weight : weights) sum += 128 * std::abs(weight);
  return sum < int64_t{1} << 23;
}

std::optional<std::vector<int32_t>> pack(const MacLayer& layer, size_t steps) {
  std::vector<int32_t> words;
  const auto channels = static_cast<size_t>(layer.channels());
  for (size_t first = 0; first < channels; first += kChannels) {
    std::vector<int8_t> rows[kChannels];
    for (size_t i = 0; i < kChannels; ++i) {
      if (first + i < channels) rows[i] = channel_weights(layer, static_cast<int32_t>(first + i));
      if (!sum_fits(rows[i])) return std::nullopt;
      rows[i].resize(2 * steps);
    }
    for (size_t k = 0; k < 2 * steps; k += 2)
      for (size_t i = 0; i < kChannels; i += 2) {
        const auto low = pack_half(rows[i][k], rows[i + 1][k]);
        const auto high = pack_half(rows[i][k + 1], rows[i + 1][k + 1]);
        if (!low || !high) return std::nullopt;
        words.push_back(static_cast<int32_t>(*low | *high << 16));
      }
  }
  return words;
}

}  // namespace

Result<std::optional<Lowering>> lower_fully_connected_rows(const ir::Graph& graph,
                                                           const ir::Node& node,
                                                           const MacTraits& traits) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  const auto inputs = static_cast<size_t>(layer.weights.elements() / layer.channels());
  const size_t steps = (inputs + 1) / 2;
  const auto weights = pack(layer, steps);
  if (!weights) return std::nullopt;
  KernelCall call;
  call.function = "fully_connected_s8_rows";
  call.params_type = "FullyConnectedS8RowsParams";
  call.header = "kernels/fully_connected/kernel.h";
  call.source = "kernels/fully_connected/fully_connected_rows.cc";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", ir::DataType::kInt32, *weights);
  call.constants.back().is_weights = true;
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [](int32_t) { return false; });
  call.fields.push_back({"steps", static_cast<int64_t>(steps)});
  call.scratch_bytes = 2 * sizeof(int32_t) * steps;
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "rows"};
}

}  // namespace thimble::ops
