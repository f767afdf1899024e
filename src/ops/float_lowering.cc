#include "ops/float_lowering.h"

#include <algorithm>

#include "base/half.h"
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

// The weights of `lanes` channels from `first` on, input by input; channels beyond the last one and
// inputs beyond `taps` are zero.
template <typename T>
void append_lanes(const MacLayer& layer, int32_t first, int32_t lanes, int64_t taps, int64_t count,
                  std::vector<T>& packed) {
  const T* weights = layer.weights.as<T>();
  for (int64_t i = 0; i < count; ++i)
    for (int32_t channel = first; channel < first + lanes; ++channel)
      packed.push_back(i < taps && channel < layer.channels() ? weights[channel * taps + i] : T{});
}

// Of the `taps` inputs of all channels, `lanes` channels after another. Those that are left over
// are filled up to as many, and inputs to `count`.
template <typename T>
std::vector<T> whole_lanes(const MacLayer& layer, int32_t lanes, int64_t taps, int64_t count) {
  std::vector<T> packed;
  for (int32_t channel = 0; channel < layer.channels(); channel += lanes)
    append_lanes(layer, channel, lanes, taps, count, packed);
  return packed;
}

// The same, but channels that are left over come one by one.
template <typename T>
std::vector<T> lanes_and_rest(const MacLayer& layer, int32_t lanes, int64_t taps) {
  std::vector<T> packed;
  int32_t channel = 0;
  for (; channel + lanes <= layer.channels(); channel += lanes)
    append_lanes(layer, channel, lanes, taps, taps, packed);
  for (; channel < layer.channels(); ++channel) append_lanes(layer, channel, 1, taps, taps, packed);
  return packed;
}

// What weights are stored as, and what the kernels for it are named after.
enum class Stored { kFloat, kHalf, kInt8 };

Stored stored_as(const MacLayer& layer) {
  if (layer.mode() == MacMode::kDecoded) return Stored::kInt8;
  const std::span weights(layer.weights.as<float>(), static_cast<size_t>(layer.weights.elements()));
  return std::ranges::all_of(weights, base::is_half) ? Stored::kHalf : Stored::kFloat;
}

std::string_view kernel_infix(Stored stored) {
  return stored == Stored::kFloat ? "f32" : stored == Stored::kHalf ? "half" : "decoded";
}
std::string_view params_infix(Stored stored) {
  return stored == Stored::kFloat ? "F32" : stored == Stored::kHalf ? "Half" : "Decoded";
}
std::string variant_of(std::string_view kernel, Stored stored) {
  const char* suffix = stored == Stored::kFloat ? "" : stored == Stored::kHalf ? "-half" : "-int8";
  return fmt::format("{}{}", kernel, suffix);
}

std::vector<uint16_t> halves_of(std::span<const float> values) {
  std::vector<uint16_t> halves;
  for (float value : values) halves.push_back(base::half_of(value));
  return halves;
}

// Weights as pack(T{}) orders them, T being the type in the graph; with the scales of a layer that
// decodes them, filled up to `channels`.
template <typename Pack>
void add_weights(KernelCall& call, const MacLayer& layer, Stored stored, int32_t channels,
                 Pack pack) {
  if (stored == Stored::kInt8)
    add_table<int8_t>(call, "weights", DataType::kInt8, pack(int8_t{}));
  else if (stored == Stored::kHalf)
    add_table<uint16_t>(call, "weights", DataType::kFloat16, halves_of(pack(float{})));
  else
    add_table<float>(call, "weights", DataType::kFloat32, pack(float{}));
  call.constants.back().is_weights = true;
  if (stored == Stored::kInt8) add_weight_scales(call, layer, channels);
}

constexpr int32_t kTileChannels = 4, kTilePixels = 4;

// In blocks of `tiles` tiles, which decoded weights serve.
Result<Lowering> lower_tiles(const ir::Node& node, const MacLayer& layer, const ConvWindow& window,
                             Stored stored, int64_t tiles) {
  const bool decodes = stored != Stored::kFloat;
  const int64_t taps = layer.weights.elements() / layer.channels();
  const int64_t count = (taps + 1) / 2 * 2;
  const int32_t filled_up = (layer.channels() + kTileChannels - 1) / kTileChannels * kTileChannels;
  THIMBLE_ASSIGN(KernelCall call, float_call(node, layer.traits));
  call.function = fmt::format("conv_{}_tile", kernel_infix(stored));
  call.params_type = fmt::format("Conv{}TileParams", params_infix(stored));
  call.header = "kernels/conv/kernel.h";
  call.source = fmt::format("kernels/conv/{}.cc", call.function);
  window.add_fields(call);
  add_weights(call, layer, stored, filled_up,
              [&]<typename T>(T) { return whole_lanes<T>(layer, kTileChannels, taps, count); });
  add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, filled_up));
  call.fields.push_back({"count", count});
  if (decodes) call.fields.push_back({"tiles", tiles});
  const int64_t floats = kTileChannels * kTilePixels + tiles * count * kTilePixels +
                         (decodes ? count * kTileChannels : 0);
  call.scratch_bytes = sizeof(float) * static_cast<size_t>(floats);
  constexpr int32_t kBytes = sizeof(float);
  const int64_t lead = lead_of_window_walk(walk_of(window, kBytes, kBytes), WindowReads::kBlock,
                                           static_cast<int32_t>(tiles * kTilePixels));
  return Lowering{.calls = {std::move(call)},
                  .overlap = Overlap{.lead_bytes = lead},
                  .variant = variant_of(decodes ? fmt::format("tile{}", tiles) : "tile", stored)};
}

}  // namespace

bool fits_float_unit(const MacLayer& layer, const LowerTarget& target) {
  return target.optimized && target.fpu &&
         (layer.mode() == MacMode::kFloat || layer.mode() == MacMode::kDecoded);
}

Result<std::vector<Lowering>> lower_conv_f32(const ir::Graph& graph, const ir::Node& node,
                                             const MacTraits& traits, const ConvWindow& window) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const Stored stored = stored_as(layer);
  std::vector<Lowering> ways;
  if (stored == Stored::kFloat) {
    THIMBLE_ASSIGN(Lowering tile, lower_tiles(node, layer, window, stored, 1));
    ways.push_back(std::move(tile));
    return ways;
  }
  // Decoding four channels costs up to half of what a tile of them does: the more tiles a block
  // has, the rarer it is, and the more scratch memory they take.
  constexpr size_t kMostScratchBytes = 32 << 10;
  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  for (int64_t tiles : {8, 2, 1}) {
    // A block that holds everything is enough.
    if (tiles > 1 && tiles * kTilePixels >= 2 * std::max<int64_t>(pixels, kTilePixels)) continue;
    THIMBLE_ASSIGN(Lowering way, lower_tiles(node, layer, window, stored, tiles));
    if (tiles == 1 || way.calls[0].scratch_bytes <= kMostScratchBytes)
      ways.push_back(std::move(way));
  }
  return ways;
}

Result<std::optional<Lowering>> lower_depthwise_f32(const ir::Graph& graph, const ir::Node& node,
                                                    const MacTraits& traits,
                                                    const ConvWindow& window) {
  constexpr int32_t kChannels = 8;
  if (window.in_c != window.out_c || window.out_c % kChannels != 0)
    return std::optional<Lowering>();
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(KernelCall call, float_call(node, traits));
  const Stored stored = stored_as(layer);
  call.function = fmt::format("depthwise_{}_taps", kernel_infix(stored));
  call.params_type = fmt::format("Depthwise{}Params", params_infix(stored));
  call.header = "kernels/depthwise/kernel.h";
  call.source = fmt::format("kernels/depthwise/{}.cc", call.function);
  window.add_fields(call);
  if (stored == Stored::kHalf) {
    const std::span weights(layer.weights.as<float>(),
                            static_cast<size_t>(layer.weights.elements()));
    add_table<uint16_t>(call, "weights", DataType::kFloat16, halves_of(weights));
  } else {
    add_tensor(call, graph, "weights", node.inputs[traits.weights_index]);
  }
  call.constants.back().is_weights = true;
  if (stored == Stored::kInt8) add_weight_scales(call, layer, layer.channels());
  if (stored != Stored::kFloat)
    call.scratch_bytes = sizeof(float) * static_cast<size_t>(layer.weights.elements());
  if (layer.bias)
    add_tensor(call, graph, "bias", node.inputs[traits.bias_index]);
  else
    add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, layer.channels()));
  return Lowering{
      .calls = {std::move(call)}, .overlap = std::nullopt, .variant = variant_of("taps", stored)};
}

Result<std::optional<Lowering>> lower_fully_connected_f32(const ir::Graph& graph,
                                                          const ir::Node& node,
                                                          const MacTraits& traits, int32_t rows,
                                                          int32_t in) {
  constexpr int32_t kChannels = 8;
  if (in % 4 != 0) return std::optional<Lowering>();
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const Stored stored = stored_as(layer);
  THIMBLE_ASSIGN(KernelCall call, float_call(node, traits));
  call.function = fmt::format("fully_connected_{}_columns", kernel_infix(stored));
  call.params_type = fmt::format("FullyConnected{}ColumnsParams", params_infix(stored));
  call.header = "kernels/fully_connected/kernel.h";
  call.source = fmt::format("kernels/fully_connected/{}.cc", call.function);
  call.fields.push_back({"rows", rows});
  call.fields.push_back({"in", in});
  call.fields.push_back({"out", layer.channels()});
  add_weights(call, layer, stored, layer.channels(),
              [&]<typename T>(T) { return lanes_and_rest<T>(layer, kChannels, in); });
  add_table<float>(call, "bias", DataType::kFloat32, bias_of(layer, layer.channels()));
  return Lowering{.calls = {std::move(call)},
                  .overlap = std::nullopt,
                  .variant = variant_of("columns", stored)};
}

}  // namespace thimble::ops
