// Post-training quantization to int8, tensor by tensor: symmetric weights with one scale per output
// channel, activations with one scale and zero point, int32 biases. The scheme is TensorFlow Lite's
// (Jacob et al. 2018, section 3; Krishnamoorthi 2018, section 3.1).
#pragma once

#include <cstdint>
#include <span>

#include "ir/tensor.h"

namespace thimble::zoo {

// What a tensor's elements lie in.
struct Range {
  float min = 0, max = 0;
};

// int8 over the range, which is widened to hold 0 so that padding is exact.
ir::Quantization activation_quantization(Range range);

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

// Quantizes weights of `tensor.shape` in place: sets type, quantization and data. No element is
// -128, as kernels may rely on. A channel of zeros gets the scale 1.
void quantize_weights(std::span<const float> values, WeightScheme scheme, ir::Tensor& tensor);

// The same for a bias: int32 with scale = input's scale * weights' scale, so that it can be added
// to the sum of products as it is.
void quantize_bias(std::span<const float> values, float input_scale,
                   const ir::Quantization& weights, ir::Tensor& tensor);

}  // namespace thimble::zoo
