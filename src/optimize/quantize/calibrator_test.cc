#include "optimize/quantize/calibrator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace thimble::optimize {
namespace {

std::vector<float> normal_values(size_t count, uint64_t seed) {
  base::Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = random.normal();
  return values;
}

Histogram histogram_of(std::span<const float> values) {
  Histogram histogram;
  histogram.add(values);
  return histogram;
}

// Mean squared error of quantizing the values themselves.
double real_error(std::span<const float> values, const ir::Quantization& q) {
  double sum = 0;
  for (float value : values) {
    const float steps = std::round(value / q.scales[0]) + static_cast<float>(q.zero_points[0]);
    const float integer = std::clamp(steps, -128.0f, 127.0f);
    const double error = q.scales[0] * (integer - static_cast<float>(q.zero_points[0])) - value;
    sum += error * error;
  }
  return sum / static_cast<double>(values.size());
}

TEST(Histogram, ForgetsNothingWhenItWidens) {
  Histogram histogram;
  histogram.add(std::vector<float>{0, 0.25f, -0.5f});
  histogram.add(std::vector<float>{1000, -3, 0});
  EXPECT_EQ(histogram.count(), 6u);
  EXPECT_EQ(histogram.zeros(), 2u);
  EXPECT_EQ(histogram.range().min, -3);
  EXPECT_EQ(histogram.range().max, 1000);
  uint64_t in_bins = 0;
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    in_bins += histogram.bin(i);
    if (histogram.bin(i) != 0 && histogram.bin_centre(i) > 500) {
      EXPECT_NEAR(histogram.bin_centre(i), 1000, histogram.bin_width());
    }
  }
  EXPECT_EQ(in_bins, 6u);
}

TEST(Histogram, KeepsZerosThatCameFirst) {
  Histogram histogram;
  histogram.add(std::vector<float>{0, 0, 0});
  histogram.add(std::vector<float>{1});
  EXPECT_EQ(histogram.bin(0), 0u);
  EXPECT_EQ(histogram.bin(Histogram::kBins / 2), 3u);
}

TEST(Histogram, CountsWhatIsNoNumber) {
  const auto infinity = std::numeric_limits<float>::infinity();
  const Histogram histogram = histogram_of(std::vector<float>{1, std::nanf(""), -infinity});
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.not_finite(), 2u);
}

TEST(Calibrator, MinMaxIsWhatWasSeenAndZero) {
  const Histogram histogram = histogram_of(std::vector<float>{0.5f, 2.5f});
  const ops::Range range = calibrated_range(histogram, {}, ir::DataType::kInt8);
  EXPECT_EQ(range.min, 0);
  EXPECT_EQ(range.max, 2.5f);
}

TEST(Calibrator, NothingButZerosHasNoRange) {
  for (Calibrator how :
       {Calibrator::kMinMax, Calibrator::kPercentile, Calibrator::kMse, Calibrator::kEntropy}) {
    const Histogram histogram = histogram_of(std::vector<float>(10, 0.0f));
    const ops::Range range = calibrated_range(histogram, {.calibrator = how}, ir::DataType::kInt8);
    EXPECT_EQ(range.min, 0);
    EXPECT_EQ(range.max, 0);
  }
}

TEST(Calibrator, AllButMinMaxLeaveAnOutlierOut) {
  std::vector<float> values = normal_values(100'000, 1);
  values[17] = 1000;
  const Histogram histogram = histogram_of(values);
  for (Calibrator how : {Calibrator::kPercentile, Calibrator::kMse, Calibrator::kEntropy}) {
    const ops::Range range =
        calibrated_range(histogram, {.calibrator = how, .percentile = 99.9}, ir::DataType::kInt8);
    EXPECT_LT(range.max, 999) << static_cast<int>(how);
    EXPECT_GT(range.max, 2) << static_cast<int>(how);
  }
}

TEST(Calibrator, PercentileKeepsItsShareInside) {
  const std::vector<float> values = normal_values(100'000, 2);
  const ops::Range range =
      calibrated_range(histogram_of(values), {Calibrator::kPercentile, 98}, ir::DataType::kInt8);
  const auto inside = std::ranges::count_if(
      values, [&](float value) { return value >= range.min && value <= range.max; });
  EXPECT_NEAR(static_cast<double>(inside) / 1000, 98, 0.2);
}

TEST(Calibrator, PredictsTheErrorOfQuantizing) {
  const std::vector<float> values = normal_values(50'000, 3);
  for (float limit : {1.0f, 2.5f, 4.5f}) {
    const ir::Quantization q = quantization_over({-limit, limit}, ir::DataType::kInt8);
    const double real = real_error(values, q);
    EXPECT_NEAR(mean_squared_error(histogram_of(values), q, ir::DataType::kInt8), real, 0.05 * real)
        << limit;
  }
}

TEST(Calibrator, MseHasTheSmallestError) {
  std::vector<float> values = normal_values(50'000, 4);
  values[5] = 30;
  const Histogram histogram = histogram_of(values);
  auto error_of = [&](Calibrator how) {
    const ops::Range range = calibrated_range(histogram, {.calibrator = how}, ir::DataType::kInt8);
    return real_error(values, quantization_over(range, ir::DataType::kInt8));
  };
  EXPECT_LT(error_of(Calibrator::kMse), error_of(Calibrator::kMinMax));
  EXPECT_LE(error_of(Calibrator::kMse), 1.02 * error_of(Calibrator::kPercentile));
  EXPECT_LE(error_of(Calibrator::kMse), 1.02 * error_of(Calibrator::kEntropy));
}

TEST(Calibrator, Int16IsSymmetric) {
  const ir::Quantization q = quantization_over({-1, 3}, ir::DataType::kInt16);
  EXPECT_EQ(q.zero_points[0], 0);
  EXPECT_FLOAT_EQ(q.scales[0], 3.0f / 32767);
}

}  // namespace
}  // namespace thimble::optimize
