// Arithmetic that instructions share, as the manual's pseudocode defines it (DDI 0403E, section D6
// and A2.2.1).
#pragma once

#include <bit>
#include <cstdint>

#include "sim/cpu/state.h"

namespace thimble::sim {

inline uint32_t add_with_carry(CpuState& state, uint32_t a, uint32_t b, uint32_t carry,
                               bool set_carry_and_overflow) {
  const uint64_t wide = uint64_t{a} + b + carry;
  const auto sum = static_cast<uint32_t>(wide);
  if (set_carry_and_overflow) {
    state.c = static_cast<uint32_t>(wide >> 32);
    state.v = ((a ^ sum) & (b ^ sum)) >> 31;
  }
  return sum;
}

inline int32_t as_signed(uint32_t value) {
  return static_cast<int32_t>(value);
}

inline int64_t signed_product(uint32_t a, uint32_t b) {
  return int64_t{as_signed(a)} * as_signed(b);
}

inline int32_t low_half(uint32_t value) {
  return static_cast<int16_t>(value);
}
inline int32_t high_half(uint32_t value) {
  return as_signed(value) >> 16;
}

inline uint32_t rotate_right(uint32_t value, unsigned amount) {
  return std::rotr(value, static_cast<int>(amount));
}

// Clamps to [low, high]; `saturated` is set when that changed the value, otherwise left alone.
inline int64_t saturate(int64_t value, int64_t low, int64_t high, uint32_t& saturated) {
  if (value < low) {
    saturated = 1;
    return low;
  }
  if (value > high) {
    saturated = 1;
    return high;
  }
  return value;
}

}  // namespace thimble::sim
