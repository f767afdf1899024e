// exp(beta * x) along rows, divided by the row's sum.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

struct SoftmaxF32Params {
  int32_t rows, depth;
  float beta;
};

// exps[d] is exp(-beta * scale * d) with 31 fractional bits, for the distance d of an input from
// the row's largest; beyond exp_count it is 0. depth < 4096.
struct SoftmaxS8Params {
  int32_t rows, depth;
  const int32_t* exps;
  int32_t exp_count;
};

// Rows of two elements, whose outputs are a function of their distance: that of the smaller one is
// smaller[distance], beyond `count` -128, and the two add up to one (256 steps from -128 on), but
// that the larger one is clamped to 127.
struct SoftmaxOfTwoParams {
  int32_t rows, count;
  const int8_t* smaller;
};

// Both tables have 513 entries: functions of an int16 as 512 line segments. The factor multiplier *
// 2^(shift - 31) brings a difference of inputs to the steps of `exps`. depth < 65536.
struct SoftmaxS16Params {
  int32_t rows, depth;
  int32_t multiplier, shift;
  const int16_t* exps;
  const int16_t* reciprocals;
};

#define KERNEL(name, Params, In, Out) void name(const Params& params, const In* input, Out* output);
#include "kernels/softmax/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
