#include "ops/mac_layer.h"

#include <cmath>

#include "base/check.h"
#include "ops/checks.h"

namespace thimble::ops {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

namespace {

HybridScheme hybrid_scheme_of(const ir::Node& node, const ir::Tensor& weights, HybridRule rule) {
  bool is_asymmetric = true;
  if (rule == HybridRule::kAsymmetricPerChannel) is_asymmetric = weights.quantization.per_channel();
  if (rule == HybridRule::kByAttribute)
    is_asymmetric = node.attributes.get_int("asymmetric_quantize_inputs").value_or(0) != 0;
  return is_asymmetric ? HybridScheme::kAsymmetric : HybridScheme::kSymmetric;
}

}  // namespace

MacLayer MacLayer::of(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits) {
  const ir::Tensor& weights = *graph.input(node, traits.weights_index);
  return {traits,
          *graph.input(node, traits.input_index),
          weights,
          graph.input(node, traits.bias_index),
          graph.output(node),
          hybrid_scheme_of(node, weights, traits.hybrid_rule),
          node.attributes.get_int(kDecodeWeights).value_or(0) != 0};
}

float MacLayer::weight_scale(int32_t channel) const {
  const std::vector<float>& scales = weights.quantization.scales;
  return scales.size() == 1 ? scales[0] : scales[static_cast<size_t>(channel)];
}

int32_t MacLayer::weight_zero_point() const {
  return weights.type == DataType::kFloat32 ? 0 : weights.quantization.zero_points[0];
}

MacMode MacLayer::mode() const {
  switch (input.type) {
    case DataType::kInt8:
      return MacMode::kInt8;
    case DataType::kInt16:
      return bias && bias->type == DataType::kInt32 ? MacMode::kInt16Narrow : MacMode::kInt16;
    default:
      if (weights.type != DataType::kInt8) return MacMode::kFloat;
      return decodes_weights ? MacMode::kDecoded : MacMode::kHybrid;
  }
}

namespace {

Result<> verify_weights(const MacLayer& layer) {
  THIMBLE_TRY(check_constant(layer.weights, "weights"));
  if (layer.input.type == DataType::kFloat32)
    THIMBLE_TRY(check_type(layer.weights, "weights", {DataType::kFloat32, DataType::kInt8}));
  else
    THIMBLE_TRY(check_type(layer.weights, "weights", {DataType::kInt8}));
  if (layer.weights.type == DataType::kFloat32) return {};

  const ir::Quantization& q = layer.weights.quantization;
  const auto channels = static_cast<size_t>(layer.channels());
  if (q.scales.size() != 1 && q.scales.size() != channels)
    return fail(ErrorCode::kMalformed, "weights ({}) have {} scales, expected 1 or {}",
                layer.weights.name, q.scales.size(), channels);
  if (q.per_channel() && q.axis != static_cast<int32_t>(layer.traits.channel_axis))
    return fail(ErrorCode::kMalformed, "weights ({}) have scales along dimension {}, expected {}",
                layer.weights.name, q.axis, layer.traits.channel_axis);
  const bool may_have_zero_point =
      layer.traits.weights_have_zero_point && !q.per_channel() && ir::is_integer(layer.input.type);
  for (int32_t zero_point : q.zero_points)
    if (zero_point < (may_have_zero_point ? -128 : 0) ||
        zero_point > (may_have_zero_point ? 127 : 0))
      return fail(ErrorCode::kUnsupported,
                  "weights ({}) have the zero point {}; only 0 is supported here",
                  layer.weights.name, zero_point);
  return {};
}

Result<> verify_bias(const MacLayer& layer) {
  if (!layer.bias) return {};
  THIMBLE_TRY(check_constant(*layer.bias, "bias"));
  if (layer.input.type == DataType::kInt8)
    THIMBLE_TRY(check_type(*layer.bias, "bias", {DataType::kInt32}));
  else if (layer.input.type == DataType::kInt16)
    THIMBLE_TRY(
        check_type(*layer.bias, "bias", {DataType::kInt16, DataType::kInt32, DataType::kInt64}));
  else
    THIMBLE_TRY(check_type(*layer.bias, "bias", {DataType::kFloat32}));
  if (layer.bias->elements() != layer.channels())
    return fail(ErrorCode::kMalformed, "bias ({}) has {} elements, expected {}", layer.bias->name,
                layer.bias->elements(), layer.channels());
  return {};
}

// A 64-bit sum is rescaled correctly below 2^47. The products of 2^23 weights stay below 2^46.
Result<> verify_wide_sum(const MacLayer& layer) {
  constexpr int64_t kMaxProducts = int64_t{1} << 23, kMaxBias = int64_t{1} << 46;
  if (layer.weights.elements() / layer.channels() > kMaxProducts)
    return fail(ErrorCode::kUnsupported,
                "weights ({}) of shape {} are too large for int16 activations", layer.weights.name,
                ir::shape_text(layer.weights.shape));
  for (int64_t bias : integer_bias(layer))
    if (bias <= -kMaxBias || bias >= kMaxBias)
      return fail(ErrorCode::kUnsupported, "bias ({}) has the value {}, which is beyond 2^46",
                  layer.bias->name, bias);
  return {};
}

}  // namespace

Result<> verify_mac(const ir::Graph& graph, const ir::Node& node, const MacTraits& traits) {
  THIMBLE_TRY(check_arity(node, traits.bias_index, traits.bias_index + 1));
  const ir::Tensor& weights = *graph.input(node, traits.weights_index);
  THIMBLE_TRY(check_rank(weights, "weights", traits.weights_rank));
  if (weights.elements() < 1)
    return fail(ErrorCode::kMalformed, "weights ({}) have shape {}", weights.name,
                ir::shape_text(weights.shape));
  const MacLayer layer = MacLayer::of(graph, node, traits);
  THIMBLE_TRY(
      check_type(layer.input, "input", {DataType::kFloat32, DataType::kInt8, DataType::kInt16}));
  THIMBLE_TRY(check_same_type(layer.input, layer.output));
  THIMBLE_TRY(check_per_tensor_quantization(layer.input, "input"));
  THIMBLE_TRY(check_per_tensor_quantization(layer.output, "output"));
  THIMBLE_TRY(verify_weights(layer));
  THIMBLE_TRY(verify_bias(layer));
  if (layer.decodes_weights && layer.mode() != MacMode::kDecoded)
    return fail(ErrorCode::kMalformed, "{} is for float activations with int8 weights",
                kDecodeWeights);
  if (layer.mode() == MacMode::kInt16) THIMBLE_TRY(verify_wide_sum(layer));
  THIMBLE_ASSIGN(Activation activation, read_activation(node));
  if (ir::is_integer(layer.input.type)) THIMBLE_TRY(output_stage(layer, activation));
  return {};
}

Result<OutputStage> output_stage(const MacLayer& layer, Activation activation) {
  OutputStage stage;
  stage.zero_point = layer.output.zero_point();
  stage.range = activation_range(activation, layer.output);
  const double input_scale = layer.input.scale(), output_scale = layer.output.scale();
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const float weight_scale = layer.weight_scale(channel);
    const double product =
        layer.traits.float_scale_product && !layer.weights.quantization.per_channel()
            ? double{layer.input.scale() * weight_scale}
            : input_scale * double{weight_scale};
    THIMBLE_ASSIGN(QuantizedMultiplier multiplier, quantize_multiplier(product / output_scale));
    // A 64-bit sum is rescaled with a right shift of at least 8 bits.
    if (layer.mode() == MacMode::kInt16 && multiplier.shift > 7)
      return fail(ErrorCode::kUnsupported, "the rescale factor {} of channel {} is too large",
                  product / output_scale, channel);
    stage.multipliers.push_back(multiplier);
  }
  return stage;
}

std::vector<int64_t> integer_bias(const MacLayer& layer) {
  const auto channels = static_cast<size_t>(layer.channels());
  if (!layer.bias) return std::vector<int64_t>(channels, 0);
  auto widen = [&](const auto* values) { return std::vector<int64_t>(values, values + channels); };
  switch (layer.bias->type) {
    case DataType::kInt16:
      return widen(layer.bias->as<int16_t>());
    case DataType::kInt32:
      return widen(layer.bias->as<int32_t>());
    default:
      CHECK(layer.bias->type == DataType::kInt64);
      return widen(layer.bias->as<int64_t>());
  }
}

Cost mac_cost(const MacLayer& layer, const ir::Node& node, uint64_t maccs, double paper_maccs) {
  const auto activation = read_activation(node);
  CHECK(activation, "{}", node.op);
  const FloatRange range = activation_range(*activation);
  const uint64_t per_output = (layer.bias ? 1u : 0u) + (std::isfinite(range.min) ? 1u : 0u) +
                              (std::isfinite(range.max) ? 1u : 0u);
  const auto outputs = static_cast<uint64_t>(layer.output.elements());
  return {.maccs = maccs, .flops = 2 * maccs + outputs * per_output, .paper_maccs = paper_maccs};
}

}  // namespace thimble::ops
