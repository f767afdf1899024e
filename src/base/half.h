// IEEE 754 half precision: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
#pragma once

#include <bit>
#include <cstdint>

namespace thimble::base {

// Exact.
inline float float_of_half(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  const int exponent = (half >> 10) & 0x1F;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {  // zero or subnormal
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 0x1F ? 0xFFu : static_cast<uint32_t>(exponent - 15 + 127);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

}  // namespace thimble::base
