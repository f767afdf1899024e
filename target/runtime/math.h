// exp, tanh and the logistic function in single precision, without a C library. The relative error
// is below 2e-6 (math_test.cc). Infinities and NaN behave as in the C library; results below the
// smallest normal number become zero.
#pragma once

#include <stdint.h>

namespace thimble::math {

inline float float_of_bits(uint32_t bits) {
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

inline uint32_t bits_of_float(float x) {
  uint32_t result;
  __builtin_memcpy(&result, &x, 4);
  return result;
}

inline float exp(float x) {
  constexpr float kOverflow = 88.7228394f, kUnderflow = -87.3365479f;
  if (x != x) return x;
  if (x > kOverflow) return float_of_bits(0x7F800000u);
  if (x < kUnderflow) return 0;
  // x = n ln 2 + r with |r| <= ln 2 / 2. ln 2 is split so that n times the first part is exact.
  constexpr float kInverseLn2 = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  const float scaled = x * kInverseLn2;
  const auto n = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5f : 0.5f));
  const auto whole = static_cast<float>(n);
  const float r = (x - whole * kLn2High) - whole * kLn2Low;
  // Taylor's series; the first term that is left out is r^7/5040 < 1.2e-7.
  float sum = 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  // Times 2^n, in the exponent's bits: the result is neither too small nor too large for that.
  return float_of_bits(bits_of_float(sum) + (static_cast<uint32_t>(n) << 23));
}

inline float logistic(float x) {
  return 1.0f / (1.0f + exp(-x));
}

inline float tanh(float x) {
  const float magnitude = x < 0 ? -x : x;
  float result;
  if (magnitude < 0.625f) {
    // Lambert's continued fraction, cut after the seventh denominator: no cancellation near zero.
    const float x2 = x * x;
    result = magnitude * (10395.0f + x2 * (1260.0f + x2 * 21.0f)) /
             (10395.0f + x2 * (4725.0f + x2 * (210.0f + x2)));
  } else {
    result = 1.0f - 2.0f / (exp(2.0f * magnitude) + 1.0f);
  }
  return x < 0 ? -result : result;
}

}  // namespace thimble::math
