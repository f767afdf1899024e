// Depthwise convolution over NHWC, weights [filter_h][filter_w][out_c]. Output channel o reads
// input channel o / (out_c / in_c).
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/decoded.h"
#include "runtime/hybrid.h"
#include "runtime/mac_dsp.h"
#include "runtime/requantize.h"
#include "runtime/staged.h"

namespace thimble::kernels {

struct DepthwiseS8Params : ConvShape, Requantization {
  int32_t input_zero_point;
  const int8_t* weights;
  const int32_t* bias;
};

// One filter per channel, four channels or more. The weights are packed: [in_c / 4][taps][4], the
// last four channels being the last group.
struct DepthwiseS8DspParams : ConvShape, DspOutput {
  int32_t input_zero_point;
  const int8_t* weights;
};

// One filter per channel, no dilation, for cores without DSP instructions (depthwise_pairs.cc). The
// weights are packed: [in_c][taps]. The bias of a channel is minus input_zero_point times the sum
// of its weights. Its flag: a row of taps may be too large to be summed in 16 bits. For
// depthwise_s4_pairs they have four bits, two in a byte, the lower half first.
struct DepthwiseS8PairsParams : ConvShape, StagedOutput {
  int32_t input_zero_point;  // the value of the padding
  const int8_t* weights;
};

struct DepthwiseS16Params : ConvShape, Requantization {
  const int8_t* weights;
  const int64_t* bias;
};

// Sums in 32 bits.
struct DepthwiseS16NarrowParams : ConvShape, Requantization {
  const int8_t* weights;
  const int32_t* bias;
};

struct DepthwiseF32Params : ConvShape, FloatRange {
  const float* weights;
  const float* bias;  // null: none
};

struct DepthwiseHalfParams : ConvShape, FloatRange {
  const uint16_t* weights;  // aligned to four bytes
  const float* bias;
};

// The input is always quantized asymmetrically; weight_sums is null.
struct DepthwiseHybridParams : ConvShape, Hybrid {};

struct DepthwiseDecodedParams : ConvShape, Decoded {};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#define KERNEL_WITH_SCRATCH(name, Params, T) \
  void name(const Params& params, const T* input, T* output, uint8_t* scratch);
#define KERNEL_TEMPLATE(...)
#include "kernels/depthwise/kernels.inc"
#undef KERNEL_TEMPLATE
#undef KERNEL
#undef KERNEL_WITH_SCRATCH

}  // namespace thimble::kernels
