#include "data/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace thimble::data {
namespace {

// Two tones of 440 and 3100 Hz at 16 kHz.
Sound tones(size_t count) {
  Sound sound{.rate_hz = 16000, .samples = {}};
  for (size_t i = 0; i < count; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / 16000;
    sound.samples.push_back(static_cast<float>(
        static_cast<int>(10000 * std::sin(440 * turn) + 3000 * std::sin(3100 * turn + 1))));
  }
  return sound;
}

// The expected numbers come from another implementation of the same formulas: a direct Fourier
// transform in Python, written from the description alone.
TEST(Features, KeywordMfccHasTheNumbersOfTheFormulas) {
  const auto features = keyword_mfcc(tones(16000));
  ASSERT_TRUE(features);
  ASSERT_EQ(features->size(), 49u * 10);
  const double expected[] = {-27.2181, 7.1365, 7.144, -11.0094, -5.5831,
                             -4.0219,  -3.19,  5.788, -0.7284,  5.5168};
  for (size_t i = 0; i < 10; ++i) EXPECT_NEAR((*features)[7 * 10 + i], expected[i], 2e-3) << i;
}

TEST(Features, ShortSoundsAreFilledWithSilence) {
  const auto whole = keyword_mfcc(tones(16000)), half = keyword_mfcc(tones(8000));
  ASSERT_TRUE(half);
  ASSERT_EQ(half->size(), whole->size());
  for (size_t i = 0; i < 20 * 10; ++i) EXPECT_NEAR((*half)[i], (*whole)[i], 1e-4);
  // The last frames hold only silence: ln(1e-6) in every mel, so all but the first are 0.
  EXPECT_NEAR(half->at(48 * 10), 40 * 2 * std::log(1e-6) / std::sqrt(80.0), 1e-3);
  EXPECT_NEAR(half->at(48 * 10 + 3), 0, 1e-3);
}

TEST(Features, SilenceIsNoNumberProblem) {
  const auto features = keyword_mfcc({.rate_hz = 16000, .samples = std::vector<float>(100)});
  ASSERT_TRUE(features);
  for (float value : *features) EXPECT_TRUE(std::isfinite(value));
}

TEST(Features, AnomalyLogMelHasTheNumbersOfTheFormulas) {
  const auto inputs = anomaly_log_mel(tones(160000));
  ASSERT_TRUE(inputs);
  ASSERT_EQ(inputs->size(), 196u * 5 * 128);
  const std::pair<size_t, double> expected[] = {{0, -71.7289},  {20, -15.6598}, {21, -28.589},
                                                {22, -37.3701}, {90, -25.5645}, {127, -86.1266}};
  for (const auto& [mel, value] : expected) {
    EXPECT_NEAR((*inputs)[10 * 640 + mel], value, 2e-3) << mel;
    EXPECT_EQ((*inputs)[10 * 640 + mel], (*inputs)[8 * 640 + 2 * 128 + mel]);  // the same frame
  }
}

TEST(Features, RefusesWhatIsTooShortOrStrange) {
  EXPECT_FALSE(anomaly_log_mel(tones(20000)));
  EXPECT_FALSE(anomaly_log_mel({.rate_hz = 16000, .samples = {}}));
  EXPECT_FALSE(keyword_mfcc({.rate_hz = 7, .samples = {1, 2}}));
}

}  // namespace
}  // namespace thimble::data
