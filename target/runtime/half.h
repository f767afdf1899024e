// Half-precision floats: stored, not computed with.
//
// IEEE 754: binary16 has a sign, 5 bits of exponent with bias 15 and 10 bits of fraction.
#pragma once

#include <stdint.h>

#include "runtime/float_unit.h"

namespace thimble::kernels {

inline float half_to_float(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1Fu;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 0x1F ? 0xFF : exponent + 127 - 15;
  const uint32_t bits = sign | wide_exponent << 23 | fraction << 13;
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

// Four of them, aligned to four bytes.
inline void decode_four_halves(const uint16_t* halves, float* decoded) {
#if defined(THIMBLE_FLOAT_UNIT)
  __asm__ volatile(
      "vldm %[halves], {s0-s1}\n\t"
      "vcvtb.f32.f16 s2, s0\n\t"
      "vcvtt.f32.f16 s3, s0\n\t"
      "vcvtb.f32.f16 s4, s1\n\t"
      "vcvtt.f32.f16 s5, s1\n\t"
      "vstm %[decoded], {s2-s5}"
      :
      : [halves] "r"(halves), [decoded] "r"(decoded)
      : "memory", "s0", "s1", "s2", "s3", "s4", "s5");
#else
  for (int32_t i = 0; i < 4; ++i) decoded[i] = half_to_float(halves[i]);
#endif
}

}  // namespace thimble::kernels
