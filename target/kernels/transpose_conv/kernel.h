// Transposed convolution over NHWC, weights [out_c][filter_h][filter_w][in_c]. Strides and padding
// are those of the convolution that leads from the output back to the input.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/requantize.h"

namespace thimble::kernels {

struct TransposeConvS8Params : ConvShape, Requantization {
  int32_t input_zero_point;
  const int8_t* weights;
  const int32_t* bias;
};

struct TransposeConvS16Params : ConvShape, Requantization {
  const int8_t* weights;
  const int64_t* bias;
};

// Sums in 32 bits.
struct TransposeConvS16NarrowParams : ConvShape, Requantization {
  const int8_t* weights;
  const int32_t* bias;
};

struct TransposeConvF32Params : ConvShape, FloatRange {
  const float* weights;
  const float* bias;  // null: none
};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#include "kernels/transpose_conv/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
