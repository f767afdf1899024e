#include "ops/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>

namespace thimble::ops {
namespace {

constexpr double kOne = 2147483648.0;  // 2^31

TEST(FixedPoint, ExpFollowsTheFunction) {
  EXPECT_EQ(fixed_exp_of_negative(0, 5), kQ0One);
  for (int bits : {4, 5})
    for (int32_t x = -1; x > INT32_MIN + 4'000'037; x -= 4'000'037) {
      const double real = std::ldexp(x, bits - 31);
      EXPECT_NEAR(fixed_exp_of_negative(x, bits) / kOne, std::exp(real), 3e-7) << real;
    }
}

TEST(FixedPoint, ReciprocalFollowsTheFunction) {
  for (int64_t x = 0; x <= INT32_MAX; x += 1'000'003)
    EXPECT_NEAR(fixed_reciprocal_of_one_plus(static_cast<int32_t>(x)) / kOne,
                1 / (1 + static_cast<double>(x) / kOne), 1e-7);
}

TEST(FixedPoint, LogisticAndTanhFollowTheFunctions) {
  EXPECT_EQ(fixed_logistic(0), 1 << 30);
  EXPECT_EQ(fixed_tanh(0), 0);
  for (int64_t x = -INT32_MAX; x <= INT32_MAX; x += 4'000'037) {
    const double real = std::ldexp(static_cast<double>(x), -27);
    EXPECT_NEAR(fixed_logistic(static_cast<int32_t>(x)) / kOne, 1 / (1 + std::exp(-real)), 1e-6);
    EXPECT_NEAR(fixed_tanh(static_cast<int32_t>(x)) / kOne, std::tanh(real), 1e-6);
  }
}

TEST(FixedPoint, RadiusIsTheLargestInputThatFits) {
  EXPECT_EQ(fixed_input_radius(4, 27), 15);
  EXPECT_EQ(fixed_input_radius(5, 24), 124);
  EXPECT_EQ(fixed_input_radius(4, -40), INT32_MAX);
}

}  // namespace
}  // namespace thimble::ops
