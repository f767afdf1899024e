#include "runtime/math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace thimble::math {
namespace {

constexpr double kTolerance = 2e-6;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Largest relative error of `ours` over [low, high], against the exact function.
template <typename Ours, typename Exact>
double largest_error(float low, float high, Ours ours, Exact exact) {
  double largest = 0;
  constexpr int kSteps = 400'000;
  for (int i = 0; i <= kSteps; ++i) {
    const float x = low + (high - low) * static_cast<float>(i) / kSteps;
    const double expected = exact(double{x});
    if (std::abs(expected) < double{std::numeric_limits<float>::min()}) continue;
    largest = std::max(largest, std::abs(double{ours(x)} - expected) / std::abs(expected));
  }
  return largest;
}

double exact_logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST(Math, ExpIsAccurate) {
  auto exact = [](double x) { return std::exp(x); };
  EXPECT_LT(largest_error(-87.3f, 88.7f, exp, exact), kTolerance);
  EXPECT_LT(largest_error(-1, 1, exp, exact), kTolerance);
  EXPECT_LT(largest_error(-1e-6f, 1e-6f, exp, exact), kTolerance);
}

TEST(Math, TanhIsAccurate) {
  auto exact = [](double x) { return std::tanh(x); };
  EXPECT_LT(largest_error(-20, 20, tanh, exact), kTolerance);
  EXPECT_LT(largest_error(-1, 1, tanh, exact), kTolerance);
  EXPECT_LT(largest_error(-1e-6f, 1e-6f, tanh, exact), kTolerance);
}

TEST(Math, LogisticIsAccurate) {
  EXPECT_LT(largest_error(-87, 87, logistic, exact_logistic), kTolerance);
  EXPECT_LT(largest_error(-2, 2, logistic, exact_logistic), kTolerance);
}

TEST(Math, EndsAreThoseOfTheFunctions) {
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(-kInfinity), 0);
  EXPECT_EQ(exp(-1000), 0);
  EXPECT_EQ(exp(1000), kInfinity);
  EXPECT_EQ(tanh(0), 0);
  EXPECT_EQ(tanh(kInfinity), 1);
  EXPECT_EQ(tanh(-kInfinity), -1);
  EXPECT_EQ(logistic(kInfinity), 1);
  EXPECT_EQ(logistic(-kInfinity), 0);
  EXPECT_EQ(logistic(0), 0.5f);
  EXPECT_TRUE(std::isnan(exp(std::nanf(""))));
  EXPECT_TRUE(std::isnan(tanh(std::nanf(""))));
}

}  // namespace
}  // namespace thimble::math
