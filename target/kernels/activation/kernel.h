// Functions of one element.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

// table[x + 128]
struct LookupParams {
  int32_t count;
  const int8_t* table;
};

struct ClampF32Params {
  int32_t count;
  float float_min, float_max;
};

struct LeakyReluF32Params {
  int32_t count;
  float alpha;
};

// Both zero points are 0. A factor is multiplier * 2^(shift - 31), see runtime/fixed_point.h; the
// one for negative inputs takes the sign +1 or -1.
struct LeakyReluS16Params {
  int32_t count;
  int32_t positive_multiplier, positive_shift;
  int32_t negative_multiplier, negative_shift;  // the multiplier has the sign of alpha
};

// Logistic and tanh.
struct SigmoidF32Params {
  int32_t count;
};

// x * multiplier / 2^shift is the input in steps of 1 / 12288. The table has 256 entries: 65536 *
// logistic(i / 24) - 32768.
struct SigmoidS16Params {
  int32_t count;
  int32_t multiplier, shift;
  const int16_t* table;
};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#include "kernels/activation/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
