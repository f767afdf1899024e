// The loops of the portable element-wise kernels, and what happens to one pair of elements.
#pragma once

#include "kernels/elementwise/kernel.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {

// Walks the loops outside the innermost one; `index` has one entry per loop. Returns false after
// the last step.
inline bool next_row(const BinaryParams& p, int32_t* index, int32_t& a, int32_t& b) {
  for (int32_t loop = kBinaryLoops - 2; loop >= 0; --loop) {
    a += p.a_strides[loop];
    b += p.b_strides[loop];
    if (++index[loop] < p.extents[loop]) return true;
    a -= p.a_strides[loop] * p.extents[loop];
    b -= p.b_strides[loop] * p.extents[loop];
    index[loop] = 0;
  }
  return false;
}

// output = f(a, b), in memory order.
template <typename T, typename F>
inline void for_each_pair(const BinaryParams& p, const T* a, const T* b, T* output, F f) {
  const int32_t count = p.extents[kBinaryLoops - 1];
  const int32_t a_step = p.a_strides[kBinaryLoops - 1], b_step = p.b_strides[kBinaryLoops - 1];
  int32_t index[kBinaryLoops - 1] = {};
  int32_t a_start = 0, b_start = 0;
  do {
    const T *x = a + a_start, *y = b + b_start;
    for (int32_t i = 0; i < count; ++i, x += a_step, y += b_step) *output++ = f(*x, *y);
  } while (next_row(p, index, a_start, b_start));
}

// From the 32-bit result to the output element.
template <typename T>
inline T finish(const BinaryParams& p, int32_t result) {
  const int32_t scaled = fixed_point::rescale(result, p.output_multiplier, p.output_shift);
  const int32_t shifted = fixed_point::wrapping_add(scaled, p.output_zero_point);
  return static_cast<T>(fixed_point::clamp(shifted, p.min, p.max));
}

// The operands in their common scale; both factors are below one.
inline int32_t scaled_a(const BinaryParams& p, int32_t x) {
  return fixed_point::rescale((x - p.a_zero_point) * (1 << p.left_shift), p.a_multiplier,
                              p.a_shift);
}
inline int32_t scaled_b(const BinaryParams& p, int32_t y) {
  return fixed_point::rescale((y - p.b_zero_point) * (1 << p.left_shift), p.b_multiplier,
                              p.b_shift);
}

inline float clamp(const BinaryParams& p, float x) {
  return x < p.float_min ? p.float_min : x > p.float_max ? p.float_max : x;
}

}  // namespace thimble::kernels
