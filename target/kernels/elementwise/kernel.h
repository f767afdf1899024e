// Arithmetic of two operands, element by element. The smaller operand repeats.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

constexpr int32_t kBinaryLoops = 6;

// Integer addition and subtraction bring both operands to a common scale: (x - zero_point) <<
// left_shift, times the operand's factor. A factor is multiplier * 2^(shift - 31), see
// runtime/fixed_point.h.
struct BinaryParams {
  // Nested loops over the output, outermost first, and how far each step moves in the operands;
  // extents of unused outer loops are 1.
  int32_t extents[kBinaryLoops];
  int32_t a_strides[kBinaryLoops], b_strides[kBinaryLoops];

  // Integer variants.
  int32_t a_zero_point, b_zero_point, output_zero_point;
  int32_t left_shift, a_multiplier, a_shift, b_multiplier, b_shift;  // not for multiplication
  int32_t output_multiplier, output_shift;
  int32_t min, max;  // activation range

  float float_min, float_max;  // activation range, float variants
};

#define KERNEL(name, T) void name(const BinaryParams& params, const T* a, const T* b, T* output);
#define KERNEL_TEMPLATE(...)
#include "kernels/elementwise/kernels.inc"
#undef KERNEL
#undef KERNEL_TEMPLATE

}  // namespace thimble::kernels
