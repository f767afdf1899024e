// Convolution over NHWC, weights [out_c][filter_h][filter_w][in_c / groups]. Each group of input
// channels feeds as many consecutive output channels.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/decoded.h"
#include "runtime/hybrid.h"
#include "runtime/mac_dsp.h"
#include "runtime/requantize.h"
#include "runtime/staged.h"

namespace thimble::kernels {

struct ConvS8Params : ConvShape, Requantization {
  int32_t groups;
  int32_t input_zero_point;  // the value of the padding
  const int8_t* weights;
  const int32_t* bias;  // minus input_zero_point times the sum of the channel's weights
};

// One group. The weights are packed: every two channels are interleaved in groups of four bytes,
// rows filled up with zeros to whole groups. The bias is minus input_zero_point times the sum of
// the channel's weights.
struct ConvS8DspParams : ConvShape, DspOutput {
  int32_t input_zero_point;  // the value of the padding
  const int8_t* weights;
};

// One group, for cores without DSP instructions (conv_pairs.cc). Rows of weights are filled up with
// zeros to whole words. The bias of a channel is minus input_zero_point times the sum of its
// weights. Its flag: four weights in a row may be too large to be summed in 16 bits. conv_s4_pairs
// (conv_pairs_int4.cc) reads weights of four bits, two from a byte, the lower half first.
struct ConvS8PairsParams : ConvShape, StagedOutput {
  int32_t input_zero_point;  // the value of the padding
  int32_t row_bytes;         // of a channel's weights, a multiple of 4
  const int8_t* weights;     // aligned to 4
};

// One group, few weights are not zero (runtime/sparse.h). The bias is as in ConvS8DspParams.
struct ConvS8SparseParams : ConvShape, DspOutput {
  int32_t input_zero_point;  // the value of the padding
  const int16_t* blocks;     // of every channel
  const int32_t* weights;    // its blocks one after another, the channels likewise
};

struct ConvS16Params : ConvShape, Requantization {
  int32_t groups;
  const int8_t* weights;
  const int64_t* bias;
};

// Sums in 32 bits.
struct ConvS16NarrowParams : ConvShape, Requantization {
  int32_t groups;
  const int8_t* weights;
  const int32_t* bias;
};

struct ConvF32Params : ConvShape, FloatRange {
  int32_t groups;
  const float* weights;
  const float* bias;  // null: none
};

// One group. [ceil(out_c / 4)][count][4] weights, as many biases; channels that fill up the last
// four are zero.
struct ConvF32TileParams : ConvShape, FloatRange {
  const float* weights;
  const float* bias;
  int32_t count;  // inputs of a pixel, filled up to an even number
};

// The same with weights of half precision, aligned to four bytes.
struct ConvHalfTileParams : ConvShape, FloatRange {
  const uint16_t* weights;
  const float* bias;
  int32_t count;
  int32_t tiles;  // of four pixels, for which weights are decoded once
};

struct ConvHybridParams : ConvShape, Hybrid {
  int32_t groups;
};

struct ConvDecodedParams : ConvShape, Decoded {
  int32_t groups;
};

// One group. Weights and bias as in ConvF32TileParams, as many scales.
struct ConvDecodedTileParams : ConvShape, Decoded {
  int32_t count;
  int32_t tiles;  // of four pixels, for which weights are decoded once
};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#define KERNEL_WITH_SCRATCH(name, Params, T) \
  void name(const Params& params, const T* input, T* output, uint8_t* scratch);
#define KERNEL_TEMPLATE(...)
#include "kernels/conv/kernels.inc"
#undef KERNEL
#undef KERNEL_WITH_SCRATCH
#undef KERNEL_TEMPLATE

}  // namespace thimble::kernels
