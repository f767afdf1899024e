// One-step arithmetic for functions of two bytes that are a scaled sum plus several roundings, as
// ADD and SUB of int8 are. See target/kernels/elementwise/scaled_sum.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ops/quantization.h"

namespace thimble::ops {

// The sum is a_factor * x / 2^8 + b_factor * y / 2^8 + offset with products rounded down. When
// rounds_away, one is taken off negative sums, so that halves are rounded away from zero. The
// result is (sum + rounding) >> shift, clamped.
struct ScaledSum {
  int32_t a_factor = 0, b_factor = 0, offset = 0;
  bool rounds_away = false;
  int32_t rounding = 0;
  int32_t shift = 0;

  int32_t sum(int32_t x, int32_t y) const;
};

inline constexpr size_t kBytePairs = 256 * 256;

// The function to be computed: nearly a * (x - a_zero_point) + b * (y - b_zero_point), plus the
// output's zero point and clamped to `range`.
struct ScaledSumGoal {
  double a = 0, b = 0;
  int32_t a_zero_point = 0, b_zero_point = 0;
  IntegerRange range{};
  std::span<const int8_t, kBytePairs> results;  // exactly; at 256 * (x + 128) + y + 128
};

// Numbers that give the right result for every pair; nothing when none are found.
std::optional<ScaledSum> find_scaled_sum(const ScaledSumGoal& goal);

}  // namespace thimble::ops
