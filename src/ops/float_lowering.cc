#include "ops/float_lowering.h"

#include "ops/mac_lowering.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;

// Everything but shape, weights and bias.
Result<KernelCall> float_call(const ir::Node& node, const MacTraits& traits) {
  KernelCall call;
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  const FloatRange range = activation_range(activation);
  call.fields = {{"float_min", range.min}, {"float_max", range.max}};
  return call;
}

// The bias, zeros when there is none, filled up to `count`.
std::vector<float> bias_of(const MacLayer& layer, int32_t count) {
  std::vector<float> bias(static_cast<size_t>(count), 0.0f);
  if (layer.bias) std::copy_n(layer.bias->as<float>(), layer.channels(), bias.begin());
  return bias;
}

void add_weights(KernelCall& call, std::span<const float> weights) {
  add_table<float>(call, "weights", DataType::kFloat32, weights);
  call.constants.back().is_weights = true;
}

// The weights of `lanes` channels from `first` on, input by input; channels beyond the last one and
// inputs beyond `taps` are zero.
void append_lanes(const MacLayer& layer, int32_t first, int32_t lanes, int64_t taps, int64_t count,
                  std::vector<float>& packed) {
  const float* weights = layer.weights.as<float>();
  for (int64_t i = 0; i < count; ++i)
    for (int32_t channel = first; channel < first + lanes; ++channel)
      packed.push_back(i < taps && channel < layer.channels() ? weights[channel * taps + i] : 0.0f);
}

}  // namespace

bool fits_float_unit(const MacLayer& layer, const LowerTarget& target) {
  return target.optimized && target.fpu && layer.mode() == MacMode::kFloat;
}

Result<Lowering> lower_conv_f32(const ir::Graph& graph, const ir::Node& node,
                                const MacTraits& traits, const ConvWindow& window) {
  constexpr int32_t kChannels = 4, kPixels = 4;
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const int64_t taps = layer.weights.elements() / layer.channels();
  const int64_t count = (taps + 1) / 2 * 2;
  std::vector<float> packed;
  for (int32_t channel = 0; channel < layer.channels(); channel += kChannels)
    append_lanes(layer, channel, kChannels, taps, count, packed);
  THIMBLE_ASSIGN(KernelCall call, float_call(node, traits));
  call.function = "conv_f32_tile";
  call.params_type = "ConvF32TileParams";
  call.header = "kernels/conv/kernel.h";
  call.source = "kernels/conv/conv_f32_tile.cc";
  window.add_fields(call);
  add_weights(call, packed);
  const int32_t filled_up = (layer.channels() + kChannels - 1) / kChannels * kChannels;
  add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, filled_up));
  call.fields.push_back({"count", count});
  call.scratch_bytes = sizeof(float) * static_cast<size_t>(kChannels * kPixels + count * kPixels);
  constexpr int32_t kBytes = sizeof(float);
  const int64_t lead =
      lead_of_window_walk(walk_of(window, kBytes, kBytes), WindowReads::kBlock, kPixels);
  return Lowering{
      .calls = {std::move(call)}, .overlap = Overlap{.lead_bytes = lead}, .variant = "tile"};
}

Result<std::optional<Lowering>> lower_depthwise_f32(const ir::Graph& graph, const ir::Node& node,
                                                    const MacTraits& traits,
                                                    const ConvWindow& window) {
  constexpr int32_t kChannels = 8;
  if (window.in_c != window.out_c || window.out_c % kChannels != 0)
    return std::optional<Lowering>();
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(KernelCall call, float_call(node, traits));
  call.function = "depthwise_f32_taps";
  call.params_type = "DepthwiseF32Params";
  call.header = "kernels/depthwise/kernel.h";
  call.source = "kernels/depthwise/depthwise_f32_taps.cc";
  window.add_fields(call);
  add_tensor(call, graph, "weights", node.inputs[traits.weights_index]);
  call.constants.back().is_weights = true;
  if (layer.bias)
    add_tensor(call, graph, "bias", node.inputs[traits.bias_index]);
  else
    add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, layer.channels()));
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "taps"};
}

Result<std::optional<Lowering>> lower_fully_connected_f32(const ir::Graph& graph,
                                                          const ir::Node& node,
                                                          const MacTraits& traits, int32_t rows,
                                                          int32_t in) {
  constexpr int32_t kChannels = 8;
  if (in % 4 != 0) return std::optional<Lowering>();
  const MacLayer layer = MacLayer::of(graph, node, traits);
  std::vector<float> packed;
  int32_t channel = 0;
  for (; channel + kChannels <= layer.channels(); channel += kChannels)
    append_lanes(layer, channel, kChannels, in, in, packed);
  for (; channel < layer.channels(); ++channel) append_lanes(layer, channel, 1, in, in, packed);
  THIMBLE_ASSIGN(KernelCall call, float_call(node, traits));
  call.function = "fully_connected_f32_columns";
  call.params_type = "FullyConnectedF32ColumnsParams";
  call.header = "kernels/fully_connected/kernel.h";
  call.source = "kernels/fully_connected/fully_connected_f32_columns.cc";
  call.fields.push_back({"rows", rows});
  call.fields.push_back({"in", in});
  call.fields.push_back({"out", layer.channels()});
  add_weights(call, packed);
  add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, layer.channels()));
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "columns"};
}

}  // namespace thimble::ops
