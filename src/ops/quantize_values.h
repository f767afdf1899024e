// Post-training quantization, tensor by tensor: symmetric int8 weights with one scale or one per
// output channel, activations with one scale and zero point, biases in the scale of the sums. The
// scheme is TensorFlow Lite's (Jacob et al. 2018, section 3; Krishnamoorthi 2018, section 3.1).
#pragma once

#include <cstdint>
#include <span>

#include "ir/tensor.h"

namespace thimble::ops {

// What a tensor's elements lie in.
struct Range {
  float min = 0, max = 0;
};

// int8 over the range, which is widened to hold 0 so that padding is exact.
ir::Quantization activation_quantization(Range range);

// The same for int16: symmetric, the zero point is 0.
ir::Quantization symmetric_int16_quantization(Range range);

// Which index along `axis` an element of a tensor has.
class ChannelOf {
 public:
  ChannelOf(const ir::Shape& shape, int32_t axis);
  size_t channels() const { return channels_; }
  size_t operator()(size_t element) const { return element / inner_ % channels_; }

 private:
  size_t channels_, inner_ = 1;
};

// Whether weights get a scale for each index of `axis` or a single one.
struct WeightScheme {
  bool per_channel = true;
  int32_t axis = 0;
};

// Smaller weights are as good as 0: what training has let decay. Scales made of them would
// underflow.
inline constexpr float kLeastWeight = 1e-30f;

// The scales that bring the largest weight of each channel (or of all) to 127. A channel of zeros
// gets the scale 1.
ir::Quantization weight_quantization(std::span<const float> values, const ir::Shape& shape,
                                     WeightScheme scheme);

// Quantizes weights of `tensor.shape` in place with these scales: sets type, quantization and data.
// No element is -128, as kernels may rely on.
void quantize_weights_by(std::span<const float> values, ir::Quantization scales,
                         ir::Tensor& tensor);

// The same with the scales of weight_quantization.
void quantize_weights(std::span<const float> values, WeightScheme scheme, ir::Tensor& tensor);

// A bias of `type` (int32 or int64) with scale = input's scale * weights' scale, so that it can be
// added to the sum of products as it is.
void quantize_bias(std::span<const float> values, float input_scale,
                   const ir::Quantization& weights, ir::DataType type, ir::Tensor& tensor);

// A constant that is computed with like an activation: int8 or int16, one scale.
void quantize_values(std::span<const float> values, const ir::Quantization& quantization,
                     ir::DataType type, ir::Tensor& tensor);

// scale * (x - zero_point) for int8 or int16, per tensor or per channel.
std::vector<float> dequantized_values(const ir::Tensor& constant);

}  // namespace thimble::ops
