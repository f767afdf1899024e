#include "zoo/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace thimble::zoo {
namespace {

constexpr float kMinInt8 = -128, kMaxInt8 = 127;

// A mutable view of freshly made constant bytes.
template <typename T>
std::span<T> elements_of(base::Bytes& bytes) {
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

}  // namespace

ChannelOf::ChannelOf(const ir::Shape& shape, int32_t axis)
    : channels_(static_cast<size_t>(shape[static_cast<size_t>(axis)])) {
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

void quantize_weights(std::span<const float> values, WeightScheme scheme, ir::Tensor& tensor) {
  CHECK(values.size() == static_cast<size_t>(tensor.elements()));
  const ChannelOf channel_of(tensor.shape, scheme.axis);
  auto scale_of = [&](size_t i) { return scheme.per_channel ? channel_of(i) : 0; };
  std::vector<float> largest(scheme.per_channel ? channel_of.channels() : 1);
  for (size_t i = 0; i < values.size(); ++i) {
    float& channel = largest[scale_of(i)];
    channel = std::max(channel, std::abs(values[i]));
  }

  tensor.type = ir::DataType::kInt8;
  tensor.quantization.axis = scheme.per_channel ? scheme.axis : 0;
  tensor.quantization.scales.clear();
  for (float value : largest)
    tensor.quantization.scales.push_back(value == 0 ? 1.0f : value / kMaxInt8);
  tensor.quantization.zero_points.assign(largest.size(), 0);

  auto data = std::make_shared<base::Bytes>(tensor.bytes());
  std::span<int8_t> quantized = elements_of<int8_t>(*data);
  for (size_t i = 0; i < values.size(); ++i) {
    const float steps = values[i] / tensor.quantization.scales[scale_of(i)];
    quantized[i] = static_cast<int8_t>(std::clamp(std::round(steps), -kMaxInt8, kMaxInt8));
  }
  tensor.data = std::move(data);
}

void quantize_bias(std::span<const float> values, float input_scale,
                   const ir::Quantization& weights, ir::Tensor& tensor) {
  tensor.type = ir::DataType::kInt32;
  tensor.quantization = {};
  for (float scale : weights.scales) tensor.quantization.scales.push_back(input_scale * scale);
  tensor.quantization.zero_points.assign(weights.scales.size(), 0);
  auto data = std::make_shared<base::Bytes>(tensor.bytes());
  std::span<int32_t> quantized = elements_of<int32_t>(*data);
  CHECK(values.size() == quantized.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double scale = tensor.quantization.scales[weights.per_channel() ? i : 0];
    quantized[i] = static_cast<int32_t>(std::clamp<double>(std::round(values[i] / scale),
                                                           std::numeric_limits<int32_t>::min(),
                                                           std::numeric_limits<int32_t>::max()));
  }
  tensor.data = std::move(data);
}

}  // namespace thimble::zoo
