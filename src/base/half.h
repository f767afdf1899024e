// IEEE 754 half precision: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
#pragma once

#include <bit>
#include <cmath>
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

constexpr float kLargestHalf = 65504;

// The nearest one, of two equally near the even one; for magnitudes up to kLargestHalf.
inline uint16_t half_of(float value) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const float magnitude = std::abs(value);
  if (magnitude < 0x1p-14f)  // fixed steps of 2^-24; a full mantissa is the first normal number
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)));
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  constexpr uint32_t kDropped = 13;
  const uint32_t odd = bits >> kDropped & 1;
  const uint32_t rounded = (bits + (1u << (kDropped - 1)) - 1 + odd) >> kDropped;
  constexpr uint32_t kBiasDifference = (127 - 15) << 10;
  return static_cast<uint16_t>(sign | (rounded - kBiasDifference));
}

// Whether half_of loses nothing. No infinities, no NaNs.
inline bool is_half(float value) {
  return std::abs(value) <= kLargestHalf && float_of_half(half_of(value)) == value;
}

}  // namespace thimble::base
