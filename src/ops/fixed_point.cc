#include "ops/fixed_point.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "ops/quantization.h"

namespace thimble::ops {
namespace {

int32_t multiply(int32_t a, int32_t b) {
  return saturating_rounding_doubling_high_mul(a, b);
}

int32_t saturating_shift_left(int32_t x, int bits) {
  const int64_t shifted = static_cast<int64_t>(x) * (int64_t{1} << bits);
  if (shifted > INT32_MAX) return INT32_MAX;
  if (shifted < INT32_MIN) return INT32_MIN;
  return static_cast<int32_t>(shifted);
}

// round(value * 2^31)
int32_t q0(double value) {
  return static_cast<int32_t>(std::llround(value * 2147483648.0));
}

constexpr int kLeastExponent = -2, kMostExponent = 4;

// exp(-2^exponent) as Q0.
int32_t exp_of_minus_power(int exponent) {
  static const auto table = [] {
    std::array<int32_t, kMostExponent - kLeastExponent + 1> values{};
    for (int i = kLeastExponent; i <= kMostExponent; ++i)
      values[static_cast<size_t>(i - kLeastExponent)] = q0(std::exp(-std::exp2(i)));
    return values;
  }();
  return table[static_cast<size_t>(exponent - kLeastExponent)];
}

// exp(x) as Q0 for x in [-1/4, 0) as Q0: Taylor's series around -1/8, to the fourth power.
int32_t exp_near_zero(int32_t x) {
  static const int32_t exp_of_minus_eighth = q0(std::exp(-0.125));
  const int32_t third = q0(1.0 / 3.0);
  const int32_t y = x + (1 << 28);
  const int32_t y2 = multiply(y, y);
  const int32_t y3 = multiply(y2, y);
  const int32_t quarter_y4 = rounding_divide_by_pot(multiply(y2, y2), 2);
  // y^2/2 + y^3/6 + y^4/24
  const int32_t tail = rounding_divide_by_pot(multiply(quarter_y4 + y3, third) + y2, 1);
  return exp_of_minus_eighth + multiply(exp_of_minus_eighth, y + tail);
}

// 2 / (1 + x) as Q2 for x in [0, 1) as Q0: three steps of Newton's method from 48/17 - 32/17 d,
// where d = (1 + x) / 2.
int32_t twice_reciprocal_of_one_plus(int32_t x) {
  const auto half_denominator = static_cast<int32_t>((static_cast<int64_t>(x) + kQ0One + 1) / 2);
  constexpr int32_t kOneQ2 = 1 << 29;
  const int32_t first = q0(48.0 / 17.0 / 4.0), slope = q0(-32.0 / 17.0 / 4.0);
  int32_t estimate = first + multiply(half_denominator, slope);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = kOneQ2 - multiply(half_denominator, estimate);
    estimate += saturating_shift_left(multiply(estimate, error), 2);
  }
  return estimate;
}

}  // namespace

int32_t fixed_exp_of_negative(int32_t x, int integer_bits) {
  CHECK(x <= 0 && integer_bits > 0 && integer_bits <= 5, "{} {}", x, integer_bits);
  if (x == 0) return kQ0One;
  const int fractional_bits = 31 - integer_bits;
  const int32_t quarter = 1 << (fractional_bits - 2);
  // x = near_zero - remainder: near_zero in [-1/4, 0), remainder a multiple of 1/4.
  const int32_t near_zero = (x & (quarter - 1)) - quarter;
  const int32_t remainder = near_zero - x;
  int32_t result = exp_near_zero(saturating_shift_left(near_zero, integer_bits));
  // One factor exp(-2^exponent) for each bit of the remainder.
  for (int exponent = kLeastExponent; exponent < integer_bits; ++exponent)
    if (remainder & (1 << (fractional_bits + exponent)))
      result = multiply(result, exp_of_minus_power(exponent));
  return result;
}

int32_t fixed_reciprocal_of_one_plus(int32_t x) {
  return saturating_shift_left(twice_reciprocal_of_one_plus(x), 1);
}

int32_t fixed_logistic(int32_t x) {
  if (x == 0) return 1 << 30;
  const int32_t of_magnitude =
      fixed_reciprocal_of_one_plus(fixed_exp_of_negative(x > 0 ? -x : x, 4));
  return x > 0 ? of_magnitude : kQ0One - of_magnitude;
}

int32_t fixed_tanh(int32_t x) {
  if (x == 0) return 0;
  // With e = exp(-2|x|), tanh(|x|) = (1 - e) / (1 + e) = 2 / (1 + e) - 1. The same bits, read as Q5
  // instead of Q4, are twice the number.
  const int32_t e = fixed_exp_of_negative(x > 0 ? -x : x, 5);
  const int32_t of_magnitude =
      saturating_shift_left(twice_reciprocal_of_one_plus(e) - (1 << 29), 2);
  return x > 0 ? of_magnitude : -of_magnitude;
}

int32_t fixed_input_radius(int integer_bits, int left_shift, int total_bits) {
  const double largest = ((1 << integer_bits) - 1) * std::exp2(total_bits - integer_bits);
  return static_cast<int32_t>(std::min<double>(INT32_MAX, largest / std::exp2(left_shift)));
}

}  // namespace thimble::ops
