#include "optimize/quantize/weights.h"

#include <algorithm>
#include <cmath>

#include "optimize/quantize/constants.h"

namespace thimble::optimize {
namespace {

// The bias must stay within 31 bits in the scale of the sums.
void widen_for_bias(std::span<const float> bias, float input_scale, ir::Quantization& scales) {
  constexpr float kLargest = 1 << 30;
  for (size_t c = 0; c < bias.size(); ++c) {
    float& scale = scales.scales[scales.per_channel() ? c : 0];
    scale = std::max(scale, std::abs(bias[c]) / (input_scale * kLargest));
  }
}

// A channel of zeros may have any scale; the bias alone decides how fine it must be.
void refine_empty_channels(std::span<const float> weights, std::span<const float> bias,
                           const ir::Shape& shape, float input_scale, ir::Quantization& scales) {
  const ops::ChannelOf channel_of(shape, scales.axis);
  std::vector<bool> is_empty(scales.scales.size(), true);
  for (size_t i = 0; i < weights.size(); ++i)
    if (std::abs(weights[i]) > ops::kLeastWeight)
      is_empty[scales.per_channel() ? channel_of(i) : 0] = false;
  constexpr float kSteps = 1 << 20;
  for (size_t c = 0; c < is_empty.size(); ++c) {
    if (!is_empty[c] || !scales.per_channel()) continue;
    const float scale = std::abs(bias[c]) / (input_scale * kSteps);
    // A bias so small is nothing.
    if (std::isnormal(scale) && std::isnormal(scale * input_scale)) scales.scales[c] = scale;
  }
}

}  // namespace

std::vector<float> bias_values(const ir::Graph& graph, const ir::Node& node,
                               const ops::WeightOperands& operands) {
  const ir::Tensor& weights = *graph.input(node, operands.weights);
  const auto channels =
      static_cast<size_t>(weights.shape[static_cast<size_t>(operands.channel_axis)]);
  const ir::Tensor* bias = graph.input(node, operands.bias);
  if (!bias) return std::vector<float>(channels, 0.0f);
  const std::span<const float> values = float_values(*bias);
  return {values.begin(), values.end()};
}

ir::Tensor int8_weights(const ir::Graph& graph, const ir::Node& node,
                        const ops::WeightOperands& operands, std::optional<float> input_scale,
                        WeightBits bits) {
  ir::Tensor tensor = *graph.input(node, operands.weights);
  const ir::Tensor source = tensor;
  const std::span<const float> values = float_values(source);
  ir::Quantization scales =
      ops::weight_quantization(values, source.shape,
                               {.per_channel = operands.per_channel || bits == WeightBits::kFour,
                                .axis = operands.channel_axis});
  constexpr float kStepsOfEight = 127, kStepsOfFour = 7;
  if (bits == WeightBits::kFour)
    for (float& scale : scales.scales) scale *= kStepsOfEight / kStepsOfFour;
  if (input_scale) {
    const std::vector<float> bias = bias_values(graph, node, operands);
    refine_empty_channels(values, bias, source.shape, *input_scale, scales);
    widen_for_bias(bias, *input_scale, scales);
  }
  ops::quantize_weights_by(values, std::move(scales), tensor);
  return tensor;
}

std::vector<float> mean_shift(const ir::Graph& graph, const ir::Node& node,
                              const ops::WeightOperands& operands, const ir::Tensor& quantized,
                              const TensorStatistics& input) {
  const std::span<const float> before = float_values(*graph.input(node, operands.weights));
  const std::vector<float> after = ops::dequantized_values(quantized);
  const ops::ChannelOf out_channel(quantized.shape, operands.channel_axis);
  const size_t in_channels = input.channel_sums.size();
  if (in_channels == 0) return std::vector<float>(out_channel.channels(), 0.0f);
  const auto innermost = static_cast<size_t>(quantized.shape.back());
  const bool channels_last =
      operands.channel_axis + 1 == static_cast<int32_t>(quantized.shape.size());
  const size_t out_channels = out_channel.channels();
  // Each output channel reads one input channel (depthwise), a part of them (groups) or all.
  const size_t groups = channels_last ? 1 : std::max<size_t>(in_channels / innermost, 1);
  std::vector<double> shift(out_channels);
  for (size_t i = 0; i < after.size(); ++i) {
    const size_t out = out_channel(i);
    size_t in;
    if (channels_last)
      in = out * in_channels / out_channels;
    else
      in = (i % innermost + out * groups / out_channels * innermost) % in_channels;
    shift[out] += (double{after[i]} - double{before[i]}) * input.channel_mean(in);
  }
  return {shift.begin(), shift.end()};
}

}  // namespace thimble::optimize
