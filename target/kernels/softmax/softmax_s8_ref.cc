// Portable softmax of int8 inputs, in fixed point.
#include "kernels/softmax/kernel.h"
#include "kernels/softmax/row.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {
namespace {

using fixed_point::doubling_high_multiply;
using fixed_point::rounding_shift_right;

constexpr int32_t kSumIntegerBits = 12;

// x * 2^bits, saturated.
int32_t saturating_shift_left(int32_t x, int32_t bits) {
  const int64_t shifted = static_cast<int64_t>(x) * (1 << bits);
  return shifted > INT32_MAX   ? INT32_MAX
         : shifted < INT32_MIN ? INT32_MIN
                               : static_cast<int32_t>(shifted);
}

// 1 / (1 + x) for x in [0, 1), both with 31 fractional bits. Newton's method on half the
// denominator; the estimate has 29 fractional bits.
int32_t reciprocal_of_one_plus(int32_t x) {
  const auto half_denominator = static_cast<int32_t>((static_cast<int64_t>(x) + INT32_MAX + 1) / 2);
  constexpr int32_t kOne = 1 << 29;
  constexpr int32_t kFirst = 1515870810, kSlope = -1010580540;  // 48/17 and -32/17
  int32_t estimate = kFirst + doubling_high_multiply(half_denominator, kSlope);
  for (int32_t step = 0; step < 3; ++step) {
    const int32_t error = kOne - doubling_high_multiply(half_denominator, estimate);
    estimate += saturating_shift_left(doubling_high_multiply(estimate, error), 2);
  }
  return saturating_shift_left(estimate, 1);
}

template <typename Out>
void softmax(const SoftmaxS8Params& p, const int8_t* input, Out* output, int32_t low,
             int32_t high) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    const int32_t largest = largest_of_row(input, p.depth);
    auto exp_of = [&](int32_t x) { return largest - x < p.exp_count ? p.exps[largest - x] : 0; };
    int32_t sum = 0;
    for (int32_t c = 0; c < p.depth; ++c)
      sum += rounding_shift_right(exp_of(input[c]), kSumIntegerBits);

    // The sum shifted into [1, 2), and its reciprocal.
    const int32_t headroom = leading_zeros(static_cast<uint32_t>(sum));
    const uint32_t normalized = static_cast<uint32_t>(sum) << headroom;
    const int32_t reciprocal =
        reciprocal_of_one_plus(static_cast<int32_t>(normalized - 0x80000000u));
    // May be beyond 31, where everything rounds to zero.
    const int32_t exponent =
        kSumIntegerBits - headroom + 31 - static_cast<int32_t>(sizeof(Out) * 8);
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t product = doubling_high_multiply(reciprocal, exp_of(input[c]));
      const int32_t value = exponent > 31 ? 0 : rounding_shift_right(product, exponent);
      output[c] = static_cast<Out>(fixed_point::clamp(value + low, low, high));
    }
  }
}

}  // namespace

void softmax_s8_s8_ref(const SoftmaxS8Params& p, const int8_t* input, int8_t* output) {
  softmax(p, input, output, INT8_MIN, INT8_MAX);
}

void softmax_s8_s16_ref(const SoftmaxS8Params& p, const int8_t* input, int16_t* output) {
  softmax(p, input, output, INT16_MIN, INT16_MAX);
}

}  // namespace thimble::kernels
