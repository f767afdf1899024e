// Fixed-point rescaling with the two roundings of TensorFlow Lite Micro's reference kernels, bit
// for bit: real factor = multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0, shift in
// [-31, 30], positive to the left. Source: Jacob et al. 2018, section 2.2 and appendix B.
#pragma once

#include <stdint.h>

namespace thimble::fixed_point {

// Sums and shifts that may overflow wrap around, on every machine.
inline int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
inline int32_t wrapping_shift_left(int32_t x, int32_t bits) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << bits);
}

// a * b / 2^31, rounded to nearest, halves up; saturates when both are INT32_MIN.
inline int32_t doubling_high_multiply(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (1 << 30)) >> 31);
}

// x / 2^exponent, rounded to nearest, halves away from zero; 0 <= exponent <= 31.
inline int32_t rounding_shift_right(int32_t x, int32_t exponent) {
  if (exponent == 0) return x;
  const int64_t half = int64_t{1} << (exponent - 1);
  return static_cast<int32_t>((x + half - (x < 0 ? 1 : 0)) >> exponent);
}

// x * multiplier * 2^(shift - 31).
inline int32_t rescale(int32_t x, int32_t multiplier, int32_t shift) {
  if (shift > 0) return doubling_high_multiply(wrapping_shift_left(x, shift), multiplier);
  return rounding_shift_right(doubling_high_multiply(x, multiplier), -shift);
}

// The same for a wide accumulator, |x| < 2^47 and shift <= 7: the multiplier is first rounded to 16
// bits, the product is rounded once, halves up.
inline int32_t rescale(int64_t x, int32_t multiplier, int32_t shift) {
  const int32_t short_multiplier =
      multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int32_t bits = 15 - shift;
  return static_cast<int32_t>((x * short_multiplier + (int64_t{1} << (bits - 1))) >> bits);
}

inline int32_t clamp(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

}  // namespace thimble::fixed_point
