// Between floats and integers, and between integer quantizations, element by element.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

// real = scale * (integer - zero_point). Without meaning for half-precision floats.
struct QuantizeParams {
  int32_t count;
  float scale;
  int32_t zero_point;
};

// The factor is multiplier * 2^(shift - 31), see runtime/fixed_point.h.
struct RequantizeParams {
  int32_t count;
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;
  int32_t min, max;  // of the output element
};

#define KERNEL(name, Params, In, Out) void name(const Params& params, const In* input, Out* output);
#include "kernels/quantize/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
