#include "sim/soc/set_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/random.h"

namespace thimble::sim {
namespace {

using Outcome = SetCache::Outcome;
using Replacement = SetCache::Replacement;

TEST(SetCache, LinesOfOneSetCompeteAndOthersDoNot) {
  SetCache cache(64, 4, 2, Replacement::kLeastRecentlyUsed);
  EXPECT_EQ(cache.read(0), Outcome::kMiss);
  EXPECT_EQ(cache.read(4), Outcome::kMiss);
  EXPECT_EQ(cache.read(1), Outcome::kMiss);
  EXPECT_EQ(cache.read(0), Outcome::kHit);
  EXPECT_EQ(cache.read(8), Outcome::kMiss);  // replaces 4, the older of set 0
  EXPECT_EQ(cache.read(0), Outcome::kHit);
  EXPECT_EQ(cache.read(1), Outcome::kHit);
  EXPECT_EQ(cache.read(4), Outcome::kMiss);
}

TEST(SetCache, WrittenLinesAreWrittenBackOnce) {
  SetCache cache(64, 1, 1, Replacement::kLeastRecentlyUsed);
  EXPECT_EQ(cache.write(3), Outcome::kMiss);
  EXPECT_EQ(cache.read(3), Outcome::kHit);        // stays dirty
  EXPECT_EQ(cache.read(4), Outcome::kMissDirty);  // writes 3 back
  EXPECT_EQ(cache.read(3), Outcome::kMiss);
  EXPECT_EQ(cache.write(3), Outcome::kHit);
  EXPECT_EQ(cache.write(5), Outcome::kMissDirty);
}

TEST(SetCache, InvalidateForgetsLinesAndWhatWasWritten) {
  SetCache cache(64, 2, 2, Replacement::kLeastRecentlyUsed);
  cache.write(1);
  cache.read(2);
  cache.invalidate();
  for (uint32_t line : {1u, 3u, 5u, 2u}) EXPECT_EQ(cache.read(line), Outcome::kMiss) << line;
}

TEST(SetCache, RandomReplacementFillsFreeWaysFirstAndRepeats) {
  const auto misses = [] {
    SetCache cache(1024, 1, 4, Replacement::kPseudoRandom);
    for (uint32_t line = 0; line < 4; ++line) cache.read(line);
    for (uint32_t line = 0; line < 4; ++line) EXPECT_EQ(cache.read(line), Outcome::kHit);
    std::vector<uint32_t> missed;
    for (uint32_t i = 0; i < 1000; ++i)
      if (cache.read(i * 7 % 6) != Outcome::kHit) missed.push_back(i);
    return missed;
  };
  const auto first = misses();
  EXPECT_EQ(first, misses());
  // 6 lines in 4 ways: true LRU would miss always, and nothing can miss less than every third.
  EXPECT_GT(first.size(), 330u);
  EXPECT_LT(first.size(), 900u);
}

// Lists of lines, newest first.
class NaiveLru {
 public:
  NaiveLru(uint32_t sets, uint32_t ways) : sets_(sets), ways_(ways), lists_(sets) {}

  Outcome use(uint32_t line, bool write) {
    auto& list = lists_[line % sets_];
    const auto found = std::ranges::find(list, line);
    const bool hit = found != list.end();
    if (hit) list.erase(found);
    list.insert(list.begin(), line);
    dirty_[line] = (hit && dirty_[line]) || write;
    if (hit) return Outcome::kHit;
    if (list.size() <= ways_) return Outcome::kMiss;
    const uint32_t victim = list.back();
    list.pop_back();
    return dirty_[victim] ? Outcome::kMissDirty : Outcome::kMiss;
  }

 private:
  uint32_t sets_;
  uint32_t ways_;
  std::vector<std::vector<uint32_t>> lists_;
  std::map<uint32_t, bool> dirty_;
};

TEST(SetCache, AgreesWithListsOnRandomUses) {
  base::Random random(7);
  for (const auto& [sets, ways] : {std::pair{1u, 1u}, {1u, 8u}, {1u, 64u}, {4u, 2u}, {16u, 4u}}) {
    SetCache cache(400, sets, ways, Replacement::kLeastRecentlyUsed);
    NaiveLru naive(sets, ways);
    uint32_t hits = 0;
    for (int i = 0; i < 40000; ++i) {
      // Mostly a few neighbouring lines, sometimes any.
      const auto line = static_cast<uint32_t>(random.integer(0, i % 4 ? sets * ways : 399));
      const bool write = random.integer(0, 3) == 0;
      const Outcome outcome = write ? cache.write(line) : cache.read(line);
      ASSERT_EQ(outcome, naive.use(line, write)) << sets << " sets, use " << i;
      hits += outcome == Outcome::kHit;
    }
    EXPECT_GT(hits, 1000u);
    EXPECT_LT(hits, 39000u);
  }
}

}  // namespace
}  // namespace thimble::sim
