#include "ops/mac_lowering.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/check.h"

namespace thimble::ops {

using base::Result;
using ir::DataType;

void add_tensor(KernelCall& call, const ir::Graph& graph, std::string name, ir::TensorId id) {
  call.fields.push_back({name, ConstantRef{call.constants.size()}});
  call.constants.push_back({std::move(name), graph.tensor(id).type, {}, id});
}

std::vector<int8_t> channel_weights(const MacLayer& layer, int32_t channel) {
  const int64_t channels = layer.channels();
  const int64_t count = layer.weights.elements() / channels;
  const bool is_outermost = layer.traits.channel_axis == 0;
  const int8_t* first = layer.weights.as<int8_t>() + (is_outermost ? channel * count : channel);
  std::vector<int8_t> weights(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    weights[static_cast<size_t>(i)] = first[is_outermost ? i : i * channels];
  return weights;
}

std::vector<int64_t> folded_bias(const MacLayer& layer) {
  std::vector<int64_t> folded = integer_bias(layer);
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const std::vector<int8_t> weights = channel_weights(layer, channel);
    const int64_t sum = std::accumulate(weights.begin(), weights.end(), int64_t{0}) -
                        static_cast<int64_t>(weights.size()) * layer.weight_zero_point();
    folded[static_cast<size_t>(channel)] -= sum * layer.input.zero_point();
  }
  return folded;
}

void add_weight_scales(KernelCall& call, const MacLayer& layer, int32_t count) {
  std::vector<float> scales(static_cast<size_t>(count), 0.0f);
  for (int32_t channel = 0; channel < layer.channels(); ++channel)
    scales[static_cast<size_t>(channel)] = layer.weight_scale(channel);
  add_table<float>(call, "weight_scales", DataType::kFloat32, scales);
}

std::vector<int32_t> wrapped(std::span<const int64_t> values) {
  std::vector<int32_t> result;
  for (int64_t value : values)
    result.push_back(static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(value))));
  return result;
}

namespace {

struct ModeNames {
  std::string_view function;  // "s8" in conv_s8_ref
  std::string_view params;    // "S8" in ConvS8Params
};

ModeNames names_of(MacMode mode) {
  switch (mode) {
    case MacMode::kFloat:
      return {"f32", "F32"};
    case MacMode::kInt8:
      return {"s8", "S8"};
    case MacMode::kInt16:
      return {"s16", "S16"};
    case MacMode::kInt16Narrow:
      return {"s16_narrow", "S16Narrow"};
    case MacMode::kHybrid:
      return {"hybrid", "Hybrid"};
    case MacMode::kDecoded:
      return {"decoded", "Decoded"};
  }
  CHECK(false);
}

void add_integer_bias(KernelCall& call, const ir::Graph& graph, const ir::Node& node,
                      const MacLayer& layer, bool fold) {
  const bool is_wide = layer.mode() == MacMode::kInt16;
  const DataType type = is_wide ? DataType::kInt64 : DataType::kInt32;
  if (fold && layer.input.zero_point() != 0) {
    add_table<int32_t>(call, "bias", type, wrapped(folded_bias(layer)));
  } else if (layer.bias && layer.bias->type == type) {
    add_tensor(call, graph, "bias", node.inputs[layer.traits.bias_index]);
  } else if (is_wide) {
    add_table<int64_t>(call, "bias", type, integer_bias(layer));
  } else {
    const std::vector<int64_t> bias = integer_bias(layer);
    add_table<int32_t>(call, "bias", type, std::vector<int32_t>(bias.begin(), bias.end()));
  }
}

void add_output_fields(KernelCall& call, const OutputStage& stage) {
  call.fields.push_back({"output_zero_point", stage.zero_point});
  call.fields.push_back({"min", stage.range.min});
  call.fields.push_back({"max", stage.range.max});
}

// What the zero point of a hybrid layer's input is multiplied with, per channel.
void add_weight_sums(KernelCall& call, const MacLayer& layer) {
  std::vector<int32_t> sums;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const std::vector<int8_t> weights = channel_weights(layer, channel);
    sums.push_back(std::accumulate(weights.begin(), weights.end(), int32_t{0}));
  }
  add_table<int32_t>(call, "weight_sums", DataType::kInt32, sums);
}

}  // namespace

Result<KernelCall> lower_mac(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits,
                             const MacKernels& kernels) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  const ModeNames names = names_of(layer.mode());
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  KernelCall call;
  call.function = fmt::format("{}_{}_ref", kernels.family, names.function);
  call.params_type = fmt::format("{}{}Params", kernels.params_prefix, names.params);
  call.header = fmt::format("kernels/{}/kernel.h", kernels.family);
  call.source = fmt::format("kernels/{0}/{0}_ref.cc", kernels.family);
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  add_tensor(call, graph, "weights", node.inputs[traits.weights_index]);
  call.constants.back().is_weights = true;

  if (!ir::is_integer(layer.input.type)) {
    const FloatRange range = activation_range(activation);
    call.fields.push_back({"float_min", range.min});
    call.fields.push_back({"float_max", range.max});
    if (layer.bias) add_tensor(call, graph, "bias", node.inputs[traits.bias_index]);
    if (layer.mode() != MacMode::kFloat) add_weight_scales(call, layer, layer.channels());
    if (layer.mode() == MacMode::kHybrid && kernels.folds_zero_point &&
        layer.hybrid_scheme == HybridScheme::kAsymmetric)
      add_weight_sums(call, layer);
    return call;
  }
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  std::vector<int32_t> multipliers;
  std::vector<int8_t> shifts;
  for (const QuantizedMultiplier& m : stage.multipliers) {
    multipliers.push_back(m.multiplier);
    shifts.push_back(static_cast<int8_t>(m.shift));
  }
  add_table<int32_t>(call, "multipliers", DataType::kInt32, multipliers);
  add_table<int8_t>(call, "shifts", DataType::kInt8, shifts);
  add_integer_bias(call, graph, node, layer, kernels.folds_zero_point);
  add_output_fields(call, stage);
  return call;
}

namespace {

// Whether the channel gives `value` for all sums within `swing` of `centre`.
bool is_constant(const OutputStage& stage, int32_t channel, int64_t centre, int64_t swing,
                 int32_t value) {
  const int64_t low = centre - swing, high = centre + swing;
  if (low < INT32_MIN || high > INT32_MAX) return false;
  return stage.apply(static_cast<int32_t>(low), channel) == value &&
         stage.apply(static_cast<int32_t>(high), channel) == value;
}

// The kernels rescale in fewer instructions where every sum is below 2^30 and the shift is to the
// right. Channels beyond that whose output is always clamped get numbers that lead to the same
// clamp within these bounds (networks have many such dead channels); others are marked with
// kDspGeneral.
DspChannel dsp_channel(const MacLayer& layer, const OutputStage& stage, int32_t channel,
                       int64_t bias, int32_t kernel_bias) {
  constexpr int64_t kLimit = int64_t{1} << 30;
  // However the zero point enters, a sum is the bias and products with inputs in [-255, 255].
  int64_t swing = 0;
  for (int8_t weight : channel_weights(layer, channel)) swing += 255 * std::abs(weight);
  const QuantizedMultiplier& m = stage.multipliers[static_cast<size_t>(channel)];
  if (m.shift < 0 && std::abs(bias) + swing < kLimit) return {kernel_bias, m.multiplier, -m.shift};

  constexpr DspChannel kFarAbove{1 << 29, 1 << 30, 1}, kFarBelow{-(1 << 29), 1 << 30, 1};
  if (m.shift <= 0 && swing < kLimit / 4) {
    if (is_constant(stage, channel, bias, swing, stage.range.max)) return kFarAbove;
    if (is_constant(stage, channel, bias, swing, stage.range.min)) return kFarBelow;
  }
  return {kernel_bias, m.multiplier, -m.shift - kDspGeneral};
}

// `kernel_bias`: as the kernels' sums begin.
std::vector<DspChannel> channels_of(const MacLayer& layer, const OutputStage& stage,
                                    std::span<const int32_t> kernel_bias) {
  const std::vector<int64_t> bias = integer_bias(layer);
  std::vector<DspChannel> channels;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const auto c = static_cast<size_t>(channel);
    channels.push_back(dsp_channel(layer, stage, channel, bias[c], kernel_bias[c]));
  }
  return channels;
}

}  // namespace

std::vector<DspChannel> dsp_channels(const MacLayer& layer, const OutputStage& stage) {
  return channels_of(layer, stage, wrapped(folded_bias(layer)));
}

Result<KernelCall> lower_mac_dsp(const ir::Graph& graph, const ir::Node& node,
                                 const MacTraits& traits, const MacKernels& kernels,
                                 std::span<const int8_t> weights) {
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_ASSIGN(const Activation activation, read_activation(node));
  THIMBLE_ASSIGN(const OutputStage stage, output_stage(layer, activation));
  KernelCall call;
  call.function = fmt::format("{}_s8_dsp", kernels.family);
  call.params_type = fmt::format("{}S8DspParams", kernels.params_prefix);
  call.header = fmt::format("kernels/{}/kernel.h", kernels.family);
  call.source = fmt::format("kernels/{0}/{0}_dsp.cc", kernels.family);
  call.inputs = {node.inputs[traits.input_index]};
  call.outputs = {node.outputs[0]};
  const std::vector<int64_t> bias = integer_bias(layer);
  const std::vector<int32_t> biases = kernels.folds_zero_point
                                          ? wrapped(folded_bias(layer))
                                          : std::vector<int32_t>(bias.begin(), bias.end());
  add_table<int8_t>(call, "weights", DataType::kInt8, weights);
  call.constants.back().is_weights = true;
  std::vector<int32_t> channels;
  for (const DspChannel& entry : channels_of(layer, stage, biases))
    channels.insert(channels.end(), {entry.bias, entry.multiplier, entry.exponent});
  add_table<int32_t>(call, "channels", DataType::kInt32, channels);
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  call.fields.push_back({"is_clamped", is_clamped ? 1 : 0});
  add_output_fields(call, stage);
  return call;
}

bool fits_dsp(const MacLayer& layer, const LowerTarget& target) {
  return target.optimized && target.dsp && !target.mve && layer.mode() == MacMode::kInt8;
}

bool fits_mve(const MacLayer& layer, const LowerTarget& target) {
  return target.optimized && target.mve && layer.mode() == MacMode::kInt8;
}

Lowering with_mve(KernelCall call, const MacKernels& kernels) {
  call.function = fmt::format("{}_s8_mve", kernels.family);
  call.source = fmt::format("kernels/{0}/{0}_mve.cc", kernels.family);
  return {.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "mve"};
}

namespace {
constexpr size_t kDspGroup = 4;
}

size_t dsp_row_bytes(int64_t elements) {
  return (static_cast<size_t>(elements) + kDspGroup - 1) / kDspGroup * kDspGroup;
}

std::vector<int8_t> pack_rows(const MacLayer& layer, int32_t block) {
  const size_t row_bytes = dsp_row_bytes(layer.weights.elements() / layer.channels());
  std::vector<int8_t> packed;
  auto pack = [&](int32_t first, int32_t count) {
    std::vector<std::vector<int8_t>> rows;
    for (int32_t i = 0; i < count; ++i) {
      rows.push_back(channel_weights(layer, first + i));
      rows.back().resize(row_bytes);
    }
    for (size_t at = 0; at < row_bytes; at += kDspGroup)
      for (const std::vector<int8_t>& row : rows)
        packed.insert(packed.end(), row.begin() + static_cast<ptrdiff_t>(at),
                      row.begin() + static_cast<ptrdiff_t>(at + kDspGroup));
  };
  int32_t channel = 0;
  for (; channel + block <= layer.channels(); channel += block) pack(channel, block);
  for (; channel < layer.channels(); ++channel) pack(channel, 1);
  return packed;
}

std::vector<int8_t> pack_quads(const MacLayer& layer) {
  const int32_t channels = layer.channels();
  const int64_t taps = layer.weights.elements() / channels;
  const int8_t* weights = layer.weights.as<int8_t>();
  constexpr int32_t kQuad = 4;
  std::vector<int8_t> packed;
  for (int32_t channel = 0; channel < channels; channel += kQuad)
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int8_t* quad = weights + tap * channels + std::min(channel, channels - kQuad);
      packed.insert(packed.end(), quad, quad + kQuad);
    }
  return packed;
}

}  // namespace thimble::ops
