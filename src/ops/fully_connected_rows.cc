#include "ops/fully_connected_rows.h"

#include <cstdlib>

#include "ops/int4.h"
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

// Words of four channels and two inputs, as the kernel for four bits reads them.
std::vector<int32_t> pack_nibbles(const MacLayer& layer, size_t steps) {
  constexpr int32_t kOffset = 8;
  const auto channels = static_cast<size_t>(layer.channels());
  std::vector<int32_t> words;
  for (size_t first = 0; first < channels; first += kChannels) {
    std::vector<uint32_t> quad(steps);
    for (size_t i = 0; i < kChannels && first + i < channels; ++i) {
      const std::vector<int8_t> row = channel_weights(layer, static_cast<int32_t>(first + i));
      for (size_t k = 0; k < row.size(); ++k) {
        // A and C of an input side by side, B and D 16 bits above them.
        const size_t shift = 8 * (k % 2) + 4 * (i / 2) + 16 * (i % 2);
        quad[k / 2] |= static_cast<uint32_t>(row[k] + kOffset) << shift;
      }
    }
    words.insert(words.end(), quad.begin(), quad.end());
  }
  return words;
}

size_t inputs_of(const MacLayer& layer) {
  return static_cast<size_t>(layer.weights.elements() / layer.channels());
}

Result<Lowering> lower_rows(const ir::Node& node, const MacTraits& traits, const MacLayer& layer,
                            KernelCall call, std::span<const int32_t> weights, size_t steps) {
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  call.params_type = "FullyConnectedS8RowsParams";
  call.header = "kernels/fully_connected/kernel.h";
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_table<int32_t>(call, "weights", ir::DataType::kInt32, weights);
  call.constants.back().is_weights = true;
  add_staged_output(call, layer, stage, /*folds_zero_point=*/true, [](int32_t) { return false; });
  call.fields.push_back({"steps", static_cast<int64_t>(steps)});
  call.scratch_bytes = 2 * sizeof(int32_t) * steps;
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace

Result<std::optional<Lowering>> lower_fully_connected_rows(const ir::Graph& graph,
                                                           const ir::Node& node,
                                                           const MacTraits& traits) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const size_t steps = (inputs_of(layer) + 1) / 2;
  const auto weights = pack(layer, steps);
  if (!weights) return std::nullopt;
  KernelCall call;
  call.function = "fully_connected_s8_rows";
  call.source = "kernels/fully_connected/fully_connected_rows.cc";
  THIMBLE_ASSIGN(Lowering way, lower_rows(node, traits, layer, std::move(call), *weights, steps));
  way.variant = "rows";
  return way;
}

Result<std::optional<Lowering>> lower_fully_connected_rows_int4(const ir::Graph& graph,
                                                                const ir::Node& node,
                                                                const MacTraits& traits) {
  constexpr size_t kMostInputs = 1 << 18;  // sums of 15 times 128 stay far below 2^31
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const size_t steps = (inputs_of(layer) + 3) / 4 * 2;
  if (!fits_int4(layer) || inputs_of(layer) > kMostInputs) return std::nullopt;
  KernelCall call;
  call.function = "fully_connected_s4_rows";
  call.source = "kernels/fully_connected/fully_connected_rows_int4.cc";
  THIMBLE_ASSIGN(Lowering way, lower_rows(node, traits, layer, std::move(call),
                                          pack_nibbles(layer, steps), steps));
  way.variant = "int4";
  return way;
}

}  // namespace thimble::ops
