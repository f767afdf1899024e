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

// A factor multiplier * 2^(-right_shift - 31), not above one, with the roundings of
// fixed_point::rescale. A copy of its own: the compiler cannot know that writing an output element
// leaves the parameters alone, and would read them again for each one.
class Factor {
 public:
  Factor(int32_t multiplier, int32_t shift)
      : multiplier_(multiplier),
        right_shift_(-shift),
        mask_(static_cast<int32_t>((1u << right_shift_) - 1)) {}

  int32_t operator*(int32_t x) const {
    const auto product =
        static_cast<int32_t>((static_cast<int64_t>(x) * multiplier_ + (1 << 30)) >> 31);
    const int32_t rest = product & mask_, half = (mask_ >> 1) + (product < 0 ? 1 : 0);
    return (product >> right_shift_) + (rest > half ? 1 : 0);
  }

 private:
  int32_t multiplier_, right_shift_, mask_;
};

// Addition and subtraction: both operands in their common scale, then the output's.
template <typename T, typename F>
inline void combine_scaled(const BinaryParams& p, const T* a, const T* b, T* output, F f) {
  const Factor a_factor(p.a_multiplier, p.a_shift), b_factor(p.b_multiplier, p.b_shift);
  const Factor output_factor(p.output_multiplier, p.output_shift);
  const int32_t a_zero = p.a_zero_point, b_zero = p.b_zero_point, shift = p.left_shift;
  const int32_t output_zero = p.output_zero_point, min = p.min, max = p.max;
  for_each_pair(p, a, b, output, [=](T x, T y) {
    const int32_t sum =
        f(a_factor * ((x - a_zero) * (1 << shift)), b_factor * ((y - b_zero) * (1 << shift)));
    const int32_t shifted = fixed_point::wrapping_add(output_factor * sum, output_zero);
    return static_cast<T>(fixed_point::clamp(shifted, min, max));
  });
}

inline float clamp(const BinaryParams& p, float x) {
  return x < p.float_min ? p.float_min : x > p.float_max ? p.float_max : x;
}

}  // namespace thimble::kernels
