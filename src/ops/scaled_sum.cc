#include "ops/scaled_sum.h"

#include <algorithm>
#include <cmath>

namespace thimble::ops {
namespace {

int64_t product(int64_t factor, int32_t x) {
  return (factor * x) >> 8;
}

// The largest shift with which no sum of numbers leaves 32 bits; nothing when there is none.
std::optional<int32_t> largest_shift(double a, double b) {
  // Magnitudes: of factors, which carry 8 more bits; of the terms, of the offset and the rounding.
  const double factor = 256 * std::max(std::abs(a), std::abs(b));
  const double sum = 2 * 256 * (std::abs(a) + std::abs(b)) + 512;
  if (!std::isfinite(factor) || !std::isfinite(sum)) return std::nullopt;
  const int32_t shift = 30 - std::ilogb(std::max(factor, sum));
  if (shift < 1) return std::nullopt;
  return std::min(shift, 30);
}

// The range of roundings that give every result, intersected pair by pair.
class RoundingRange {
 public:
  explicit RoundingRange(int32_t shift) : step_(int64_t{1} << shift) {}

  // `result` must come from `sum`; at the range's ends anything beyond is as good.
  void require(int64_t sum, int32_t result, IntegerRange range) {
    if (result > range.min) low_ = std::max(low_, result * step_ - sum);
    if (result < range.max) high_ = std::min(high_, (result + 1) * step_ - 1 - sum);
  }

  bool empty() const { return low_ > high_; }
  int64_t middle() const { return low_ + (high_ - low_) / 2; }

 private:
  int64_t step_;
  int64_t low_ = INT32_MIN, high_ = INT32_MAX;
};

std::optional<ScaledSum> with_rounding(ScaledSum candidate, const ScaledSumGoal& goal) {
  RoundingRange roundings(candidate.shift);
  const int8_t* result = goal.results.data();
  for (int32_t x = -128; x < 128; ++x) {
    for (int32_t y = -128; y < 128; ++y)
      roundings.require(candidate.sum(x, y), *result++, goal.range);
    if (roundings.empty()) return std::nullopt;
  }
  candidate.rounding = static_cast<int32_t>(roundings.middle());
  return candidate;
}

}  // namespace

int32_t ScaledSum::sum(int32_t x, int32_t y) const {
  const int64_t sum = product(a_factor, x) + product(b_factor, y) + offset;
  return static_cast<int32_t>(rounds_away && sum < 0 ? sum - 1 : sum);
}

std::optional<ScaledSum> find_scaled_sum(const ScaledSumGoal& goal) {
  const std::optional<int32_t> shift = largest_shift(goal.a, goal.b);
  if (!shift) return std::nullopt;
  // Factors that are a little off may do where the nearest ones miss a result by a hair.
  constexpr int32_t kNeighbours[] = {0, 1, -1, 2, -2};
  for (const bool rounds_away : {false, true})
    for (int32_t a_step : kNeighbours)
      for (int32_t b_step : kNeighbours) {
        ScaledSum candidate{.rounds_away = rounds_away, .shift = *shift};
        candidate.a_factor =
            static_cast<int32_t>(std::lround(std::ldexp(goal.a, *shift + 8))) + a_step;
        candidate.b_factor =
            static_cast<int32_t>(std::lround(std::ldexp(goal.b, *shift + 8))) + b_step;
        candidate.offset = static_cast<int32_t>(-product(candidate.a_factor, goal.a_zero_point) -
                                                product(candidate.b_factor, goal.b_zero_point));
        if (auto found = with_rounding(candidate, goal)) return found;
      }
  return std::nullopt;
}

}  // namespace thimble::ops
