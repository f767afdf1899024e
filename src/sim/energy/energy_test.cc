// The exact integral, the samples, and how far the two may be apart.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "sim/energy/current_log.h"
#include "sim/energy/power_trace.h"

namespace thimble::sim {
namespace {

constexpr uint16_t kPin = 21;  // PB5

board::Power power() {
  return {44.0, 2.0, 3.3, "test"};
}

TEST(PowerTrace, IntegratesSleepAndWakeExactly) {
  PowerTrace trace{power(), 1'000'000, 1000, {{100, 300}, {500, 900}}, {}};
  // At 1 MHz a cycle at 1 mW is 1 nJ.
  EXPECT_DOUBLE_EQ(trace.total_energy_uj(), 1e-3 * (400 * 44.0 + 600 * 2.0));
  EXPECT_DOUBLE_EQ(trace.energy_uj({0, 100}), 1e-3 * 100 * 44.0);
  EXPECT_DOUBLE_EQ(trace.energy_uj({150, 250}), 1e-3 * 100 * 2.0);
  EXPECT_DOUBLE_EQ(trace.energy_uj({250, 600}), 1e-3 * (200 * 44.0 + 150 * 2.0));
  EXPECT_DOUBLE_EQ(trace.energy_uj({300, 300}), 0);
  EXPECT_DOUBLE_EQ(energy_uj(power(), 1'000'000, 400, 600), trace.total_energy_uj());
}

TEST(FlashEnergy, IsProportionalToReads) {
  board::Power power;
  EXPECT_EQ(flash_energy_uj(power, 1000), 0);
  power.flash_read_nj = 0.5;
  EXPECT_DOUBLE_EQ(flash_energy_uj(power, 1000), 0.5);
}

TEST(PowerTrace, PartsAddUpToTheWhole) {
  base::Random random(1);
  PowerTrace trace{power(), 80'000'000, 0, {}, {}};
  for (int i = 0; i < 100; ++i) {
    const uint64_t from = trace.end_cycles + static_cast<uint64_t>(random.integer(1, 5000));
    trace.sleeps.push_back({from, from + static_cast<uint64_t>(random.integer(1, 9000))});
    trace.end_cycles = trace.sleeps.back().to;
  }
  for (int i = 0; i < 100; ++i) {
    const auto cut =
        static_cast<uint64_t>(random.integer(0, static_cast<int64_t>(trace.end_cycles)));
    EXPECT_NEAR(trace.energy_uj({0, cut}) + trace.energy_uj({cut, trace.end_cycles}),
                trace.total_energy_uj(), 1e-9);
  }
}

TEST(PowerTrace, FindsWhenAPinIsHigh) {
  PowerTrace trace{power(), 1'000'000, 1000, {}, {}};
  trace.pins = {{10, kPin, true},  {20, 3, true},     {30, kPin, true},
                {40, kPin, false}, {50, kPin, false}, {900, kPin, true}};
  EXPECT_EQ(high_spans(trace, kPin), (std::vector<CycleSpan>{{10, 40}, {900, 1000}}));
}

// A program that infers, with the pin high, and sleeps in between.
PowerTrace random_trace(uint64_t seed, uint64_t clock_hz) {
  base::Random random(seed);
  PowerTrace trace{power(), clock_hz, 0, {}, {}};
  const auto sample = static_cast<int64_t>(clock_hz / kSamplesPerSecond);
  auto some_time = [&] { return static_cast<uint64_t>(random.integer(sample * 2, sample * 200)); };
  for (int i = 0; i < 20; ++i) {
    const uint64_t start = trace.end_cycles + some_time();
    // Now and then the processor sleeps in the middle of an inference too.
    const uint64_t pause = start + some_time();
    const uint64_t resume = pause + (random.integer(0, 1) ? some_time() : 0);
    const uint64_t end = resume + some_time();
    if (start > trace.end_cycles) trace.sleeps.push_back({trace.end_cycles, start});
    if (resume > pause) trace.sleeps.push_back({pause, resume});
    trace.pins.push_back({start, kPin, true});
    trace.pins.push_back({end, kPin, false});
    trace.end_cycles = end;
  }
  const uint64_t tail = some_time();
  trace.sleeps.push_back({trace.end_cycles, trace.end_cycles + tail});
  trace.end_cycles += tail;
  return trace;
}

class CurrentLogTest : public testing::TestWithParam<uint64_t> {};

TEST_P(CurrentLogTest, AgreesWithTheExactIntegralWithinASample) {
  constexpr double kSample = 1.0 / kSamplesPerSecond;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const PowerTrace trace = random_trace(seed, GetParam());
    const auto csv = current_log_csv(trace, PinNaming::kPortLetter);
    ASSERT_TRUE(csv);
    const auto log = read_current_log(*csv, "PB5");
    ASSERT_TRUE(log) << log.error().to_string();
    const auto inferences = find_inferences(*log);
    const auto spans = high_spans(trace, kPin);
    ASSERT_EQ(inferences.size(), spans.size());
    for (size_t i = 0; i < spans.size(); ++i) {
      // The samples taken in the span begin up to one sample after it does, and reach up to one
      // sample beyond its end: what is missing or too much is at most a sample at full power.
      const double tolerance_uj = 1e3 * power().active_mw * kSample * 1.01;
      EXPECT_NEAR(inferences[i].energy_uj, trace.energy_uj(spans[i]), tolerance_uj);
      const double seconds =
          static_cast<double>(spans[i].cycles()) / static_cast<double>(trace.clock_hz);
      EXPECT_NEAR(inferences[i].duration_s, seconds, kSample * 1.01);
    }
  }
}

TEST_P(CurrentLogTest, AllSamplesTogetherAreTheWholeEnergy) {
  const PowerTrace trace = random_trace(7, GetParam());
  const auto csv = current_log_csv(trace, PinNaming::kPortLetter);
  ASSERT_TRUE(csv);
  const auto log = read_current_log(*csv, "PB5");
  ASSERT_TRUE(log);
  double energy_uj = 0;
  for (const double milliwatt : log->power_mw) energy_uj += 1e3 * milliwatt / kSamplesPerSecond;
  const double last_sample_uj = 1e3 * power().sleep_mw / kSamplesPerSecond;
  EXPECT_NEAR(energy_uj, trace.total_energy_uj(), last_sample_uj + 1e-5 * trace.total_energy_uj());
}

INSTANTIATE_TEST_SUITE_P(Clocks, CurrentLogTest,
                         testing::Values(64'000'000, 80'000'000, 180'000'000, 216'000'001),
                         [](const auto& test) { return std::to_string(test.param); });

TEST(CurrentLog, InferencesCutOffByTheLogAreLeftOut) {
  CurrentLog log;
  for (int i = 0; i < 10; ++i) {
    log.time_s.push_back(i);
    log.power_mw.push_back(1);
    log.high.push_back(i < 2 || (i >= 4 && i < 7) || i >= 8);
  }
  const auto found = find_inferences(log);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_DOUBLE_EQ(found[0].start_s, 4);
  EXPECT_DOUBLE_EQ(found[0].duration_s, 3);
  EXPECT_DOUBLE_EQ(found[0].energy_uj, 3000);
}

TEST(CurrentLog, SaysWhatIsWrongWithAFile) {
  auto error_of = [](std::string_view csv) {
    const auto log = read_current_log(csv, "PB5");
    EXPECT_FALSE(log) << csv;
    return log ? std::string() : log.error().to_string() + "; " + log.error().hint;
  };
  EXPECT_EQ(error_of("time_s,current_ma,voltage_v,PA1\n"),
            "no column 'PB5'; the columns are time_s, current_ma, voltage_v, PA1");
  const std::string head = "time_s,current_ma,voltage_v,PB5\n";
  EXPECT_EQ(error_of(head + "0,1,3.3,0\n"), "1 samples are too few to tell their distance; ");
  EXPECT_EQ(error_of(head + "0,1,3.3,0\n1,x,3.3,0\n"), "line 3, column 2: a number was expected; ");
  EXPECT_EQ(error_of(head + "0,1,3.3\n"), "line 2, column 4: a number was expected; ");
  EXPECT_EQ(error_of(head + "0,nan,3.3,0\n"), "line 2, column 2: a number was expected; ");
  EXPECT_EQ(error_of(head + "1,1,3.3,0\n1,1,3.3,0\n"), "line 3: time does not go forward; ");
  error_of("");
}

TEST(CurrentLog, RefusesToWriteMoreThanADiskHolds) {
  const PowerTrace trace{power(), 1000, 1000ull * 3600 * 24 * 365, {}, {}};
  const auto csv = current_log_csv(trace, PinNaming::kPortLetter);
  ASSERT_FALSE(csv);
  EXPECT_EQ(csv.error().code, base::ErrorCode::kLimit);
}

}  // namespace
}  // namespace thimble::sim
