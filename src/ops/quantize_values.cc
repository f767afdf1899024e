#include "ops/quantize_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace thimble::ops {
namespace {

constexpr float kMinInt8 = -128, kMaxInt8 = 127, kMaxInt16 = 32767;

template <typename T>
T round_to(double value) {
  using Limits = std::numeric_limits<T>;
  // The largest int64 is no double: what rounds up to it would not fit.
  constexpr double kLow = static_cast<double>(Limits::min());
  constexpr double kHigh =
      sizeof(T) == sizeof(int64_t) ? 0x1p63 - 1024 : static_cast<double>(Limits::max());
  return static_cast<T>(std::clamp(std::round(value), kLow, kHigh));
}

// Makes a constant of `values.size()` integers, where integer(i) says which.
template <typename T, typename Integer>
void set_data(ir::Tensor& tensor, size_t count, Integer integer) {
  CHECK(count == static_cast<size_t>(tensor.elements()));
  auto data = std::make_shared<base::Bytes>(count * sizeof(T));
  T* integers = reinterpret_cast<T*>(data->data());
  for (size_t i = 0; i < count; ++i) integers[i] = integer(i);
  tensor.data = std::move(data);
}

template <typename T>
std::vector<float> dequantized(const ir::Tensor& constant) {
  const ir::Quantization& q = constant.quantization;
  const ChannelOf channel_of(constant.shape, q.per_channel() ? q.axis : 0);
  std::vector<float> values(static_cast<size_t>(constant.elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = q.per_channel() ? channel_of(i) : 0;
    values[i] =
        q.scales[channel] * static_cast<float>(constant.as<T>()[i] - q.zero_points[channel]);
  }
  return values;
}

}  // namespace

ChannelOf::ChannelOf(const ir::Shape& shape, int32_t axis)
    : channels_(shape.empty() ? 1 : static_cast<size_t>(shape[static_cast<size_t>(axis)])) {
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i)
    inner_ *= static_cast<size_t>(shape[i]);
}

ir::Quantization activation_quantization(Range range) {
  const float min = std::min(range.min, 0.0f);
  const float max = std::max(range.max, 0.0f);
  if (min == max) return {.scales = {1.0f}, .zero_points = {0}};
  const float scale = (max - min) / (kMaxInt8 - kMinInt8);
  const float zero_point = std::clamp(std::round(kMinInt8 - min / scale), kMinInt8, kMaxInt8);
  return {.scales = {scale}, .zero_points = {static_cast<int32_t>(zero_point)}};
}

ir::Quantization symmetric_int16_quantization(Range range) {
  const float largest = std::max(std::abs(range.min), std::abs(range.max));
  return {.scales = {largest == 0 ? 1.0f : largest / kMaxInt16}, .zero_points = {0}};
}

ir::Quantization weight_quantization(std::span<const float> values, const ir::Shape& shape,
                                     WeightScheme scheme) {
  const ChannelOf channel_of(shape, scheme.axis);
  std::vector<float> largest(scheme.per_channel ? channel_of.channels() : 1);
  for (size_t i = 0; i < values.size(); ++i) {
    float& channel = largest[scheme.per_channel ? channel_of(i) : 0];
    channel = std::max(channel, std::abs(values[i]));
  }
  ir::Quantization result;
  result.axis = scheme.per_channel ? scheme.axis : 0;
  for (float value : largest)
    result.scales.push_back(value <= kLeastWeight ? 1.0f : value / kMaxInt8);
  result.zero_points.assign(largest.size(), 0);
  return result;
}

void quantize_weights_by(std::span<const float> values, ir::Quantization scales,
                         ir::Tensor& tensor) {
  const ChannelOf channel_of(tensor.shape, scales.axis);
  set_data<int8_t>(tensor, values.size(), [&](size_t i) {
    const float steps = values[i] / scales.scales[scales.per_channel() ? channel_of(i) : 0];
    return static_cast<int8_t>(std::clamp(std::round(steps), -kMaxInt8, kMaxInt8));
  });
  tensor.type = ir::DataType::kInt8;
  tensor.quantization = std::move(scales);
}

void quantize_weights(std::span<const float> values, WeightScheme scheme, ir::Tensor& tensor) {
  quantize_weights_by(values, weight_quantization(values, tensor.shape, scheme), tensor);
}

void quantize_bias(std::span<const float> values, float input_scale,
                   const ir::Quantization& weights, ir::DataType type, ir::Tensor& tensor) {
  tensor.type = type;
  tensor.quantization = {};
  for (float scale : weights.scales) tensor.quantization.scales.push_back(input_scale * scale);
  tensor.quantization.zero_points.assign(weights.scales.size(), 0);
  auto steps = [&](size_t i) {
    return values[i] / double{tensor.quantization.scales[weights.per_channel() ? i : 0]};
  };
  if (type == ir::DataType::kInt64)
    set_data<int64_t>(tensor, values.size(), [&](size_t i) { return round_to<int64_t>(steps(i)); });
  else
    set_data<int32_t>(tensor, values.size(), [&](size_t i) { return round_to<int32_t>(steps(i)); });
}

void quantize_values(std::span<const float> values, const ir::Quantization& quantization,
                     ir::DataType type, ir::Tensor& tensor) {
  tensor.type = type;
  tensor.quantization = quantization;
  auto integer = [&](size_t i) {
    return double{std::round(values[i] / quantization.scales[0])} + quantization.zero_points[0];
  };
  if (type == ir::DataType::kInt16)
    set_data<int16_t>(tensor, values.size(),
                      [&](size_t i) { return round_to<int16_t>(integer(i)); });
  else
    set_data<int8_t>(tensor, values.size(), [&](size_t i) { return round_to<int8_t>(integer(i)); });
}

std::vector<float> dequantized_values(const ir::Tensor& constant) {
  return constant.type == ir::DataType::kInt16 ? dequantized<int16_t>(constant)
                                               : dequantized<int8_t>(constant);
}

}  // namespace thimble::ops
