#include "tune/select.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"

namespace thimble::tune {
namespace {

Candidate candidate(uint64_t cycles, uint64_t table_bytes, uint64_t scratch_bytes,
                    uint64_t weights_bytes = 0) {
  Candidate c;
  c.signature = "x";
  c.cycles = cycles;
  c.table_bytes = table_bytes;
  c.scratch_bytes = scratch_bytes;
  c.weights_bytes = weights_bytes;
  return c;
}

// Each layer needs its scratch while it runs and nothing else.
StepBytes scratch_of(const std::vector<Layer>& layers) {
  return [&layers](const Selection& selection) {
    std::vector<uint64_t> bytes;
    for (size_t i = 0; i < layers.size(); ++i)
      bytes.push_back(layers[i][selection[i]].scratch_bytes);
    return bytes;
  };
}

TEST(Select, TakesTheFastestWhenThereIsRoom) {
  const std::vector<Layer> layers = {{candidate(10, 100, 0), candidate(9, 500, 64)},
                                     {candidate(7, 100, 0), candidate(8, 10, 0)}};
  const Selected selected = select(layers, scratch_of(layers), {});
  EXPECT_TRUE(selected.fits);
  EXPECT_EQ(selected.selection, (Selection{1, 0}));
  EXPECT_EQ(selected.cycles, 16u);
  EXPECT_EQ(selected.flash_bytes, 600u);
  EXPECT_EQ(selected.ram_bytes, 64u);
}

TEST(Select, TakesTheSmallerOfTwoThatAreAsFast) {
  const std::vector<Layer> layers = {
      {candidate(10, 100, 64), candidate(10, 100, 16), candidate(10, 100, 16, 8)}};
  EXPECT_EQ(select(layers, scratch_of(layers), {}).selection, (Selection{1}));
}

TEST(Select, GivesUpWhatCostsTheFewestCyclesPerByte) {
  const std::vector<Layer> layers = {{candidate(100, 1000, 0), candidate(150, 500, 0)},
                                     {candidate(100, 1000, 0), candidate(110, 500, 0)}};
  const Selected selected = select(layers, scratch_of(layers), {.flash_bytes = 1500});
  EXPECT_TRUE(selected.fits);
  EXPECT_EQ(selected.selection, (Selection{0, 1}));
}

TEST(Select, LowersSeveralEqualPeaks) {
  const std::vector<Layer> layers(3, {candidate(100, 0, 900), candidate(120, 0, 300)});
  const Selected selected = select(layers, scratch_of(layers), {.ram_bytes = 500});
  EXPECT_TRUE(selected.fits);
  EXPECT_EQ(selected.selection, (Selection{1, 1, 1}));
  EXPECT_EQ(selected.ram_bytes, 300u);
}

TEST(Select, CountsWeightsInRamOnTopOfTheArena) {
  const std::vector<Layer> layers = {{candidate(100, 400, 100), candidate(80, 400, 100, 400)},
                                     {candidate(100, 400, 200), candidate(70, 400, 200, 400)}};
  const Selected selected = select(layers, scratch_of(layers), {.ram_bytes = 600});
  EXPECT_TRUE(selected.fits);
  EXPECT_EQ(selected.selection, (Selection{0, 1}));
  EXPECT_EQ(selected.ram_bytes, 600u);
}

TEST(Select, SaysWhenNothingFits) {
  const std::vector<Layer> layers = {{candidate(100, 1000, 0), candidate(150, 500, 0)}};
  const Selected selected = select(layers, scratch_of(layers), {.flash_bytes = 400});
  EXPECT_FALSE(selected.fits);
  EXPECT_EQ(selected.flash_bytes, 500u);
}

// Against every combination, on random small networks: never above the budget, and seldom far from
// the best.
TEST(Select, IsNearlyTheBestOfAll) {
  base::Random random(7);
  size_t exact = 0, rounds = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<Layer> layers(4);
    for (Layer& layer : layers)
      for (int i = 0; i < 3; ++i) {
        const auto bytes = static_cast<uint64_t>(random.integer(1, 100));
        layer.push_back(candidate(static_cast<uint64_t>(random.integer(1, 1000)), bytes,
                                  static_cast<uint64_t>(random.integer(0, 100))));
      }
    const Budget budget{.flash_bytes = static_cast<uint64_t>(random.integer(60, 300)),
                        .ram_bytes = static_cast<uint64_t>(random.integer(30, 100))};
    std::optional<uint64_t> best;
    for (size_t code = 0; code < 81; ++code) {
      uint64_t cycles = 0, flash = 0, ram = 0;
      size_t rest = code;
      for (const Layer& layer : layers) {
        const Candidate& c = layer[rest % 3];
        rest /= 3;
        cycles += *c.cycles;
        flash += c.table_bytes;
        ram = std::max(ram, c.scratch_bytes);
      }
      if (flash <= budget.flash_bytes && ram <= budget.ram_bytes)
        best = std::min(best.value_or(UINT64_MAX), cycles);
    }
    const Selected selected = select(layers, scratch_of(layers), budget);
    if (selected.fits) {
      ASSERT_TRUE(best);
      EXPECT_LE(selected.flash_bytes, budget.flash_bytes);
      EXPECT_LE(selected.ram_bytes, budget.ram_bytes);
      EXPECT_GE(selected.cycles, *best);
    }
    if (!best) continue;
    ++rounds;
    exact += selected.fits && selected.cycles == *best;
  }
  EXPECT_GT(rounds, 50u);
  EXPECT_GT(exact * 10, rounds * 7);
}

}  // namespace
}  // namespace thimble::tune
