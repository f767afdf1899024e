// Rows of the input times a matrix, weights [out][in].
#pragma once

#include <stdint.h>

#include "runtime/decoded.h"
#include "runtime/hybrid.h"
#include "runtime/mac_dsp.h"
#include "runtime/requantize.h"
#include "runtime/staged.h"

namespace thimble::kernels {

struct MatrixShape {
  int32_t rows, in, out;
};

struct FullyConnectedS8Params : MatrixShape, Requantization {
  int32_t weights_zero_point;
  const int8_t* weights;
  const int32_t* bias;  // minus the input's zero point times the sum of the channel's weights
};

// The weights are packed: every four channels are interleaved in groups of four bytes, channels
// that are left over follow one by one, rows are filled up with zeros to whole groups. The bias is
// minus the input's zero point times the sum of the channel's weights.
struct FullyConnectedS8DspParams : MatrixShape, DspOutput {
  const int8_t* weights;
};

// Weights of four bits (runtime/int4.h): for every four channels the words of multiply_nibbles,
// channels that fill up the last four are zero. The bias is as in FullyConnectedS8DspParams.
struct FullyConnectedS4Params : MatrixShape, DspOutput {
  const int32_t* weights;
};

// For cores without DSP instructions (fully_connected_rows.cc). For every four channels A, B, C, D
// and every two inputs k and k + 1 a word of halfwords A + 256 * B, that of k the lower one, and
// another for C and D. What is missing has zero weights. fully_connected_s4_rows
// (fully_connected_rows_int4.cc) has weights of four bits, each plus 8, and an even number of
// steps; a word for four channels and two inputs has, from the lowest bits, A, C of k, A, C of
// k + 1, then B and D likewise.
struct FullyConnectedS8RowsParams : MatrixShape, StagedOutput {
  int32_t steps;  // of two inputs
  const int32_t* weights;
};

// Few weights are not zero (runtime/sparse.h). The bias is as in FullyConnectedS8Params.
struct FullyConnectedS8SparseParams : MatrixShape, Requantization {
  const int16_t* blocks;   // of every channel
  const int32_t* weights;  // its blocks one after another, the channels likewise
  const int32_t* bias;
};

struct FullyConnectedS16Params : MatrixShape, Requantization {
  int32_t weights_zero_point;
  const int8_t* weights;
  const int64_t* bias;
};

// Sums in 32 bits.
struct FullyConnectedS16NarrowParams : MatrixShape, Requantization {
  int32_t weights_zero_point;
  const int8_t* weights;
  const int32_t* bias;
};

struct FullyConnectedF32Params : MatrixShape, FloatRange {
  const float* weights;
  const float* bias;  // null: none
};

// A multiple of four inputs. Weights of every eight channels lie input by input, [in][8]; channels
// that are left over follow one by one. There is a bias for every channel.
struct FullyConnectedF32ColumnsParams : MatrixShape, FloatRange {
  const float* weights;
  const float* bias;
};

// The same with weights of half precision, aligned to four bytes.
struct FullyConnectedHalfColumnsParams : MatrixShape, FloatRange {
  const uint16_t* weights;
  const float* bias;
};

struct FullyConnectedHybridParams : MatrixShape, Hybrid {};

struct FullyConnectedDecodedParams : MatrixShape, Decoded {};

// A multiple of four inputs. Weights are ordered as in FullyConnectedF32ColumnsParams, and there is
// a bias for every channel.
struct FullyConnectedDecodedColumnsParams : MatrixShape, Decoded {};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#define KERNEL_WITH_SCRATCH(name, Params, T) \
  void name(const Params& params, const T* input, T* output, uint8_t* scratch);
#define KERNEL_TEMPLATE(...)
#include "kernels/fully_connected/kernels.inc"
#undef KERNEL
#undef KERNEL_TEMPLATE
#undef KERNEL_WITH_SCRATCH

}  // namespace thimble::kernels
