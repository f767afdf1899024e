#include "sim/soc/line_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "sim/soc/flash_timing.h"

namespace thimble::sim {
namespace {

TEST(LineCache, WithoutLinesEveryTouchMisses) {
  LineCache cache(100, 0);
  EXPECT_FALSE(cache.touch(3));
  EXPECT_FALSE(cache.touch(3));
}

TEST(LineCache, EvictsTheLeastRecentlyUsedLine) {
  LineCache cache(100, 2);
  EXPECT_FALSE(cache.touch(1));
  EXPECT_FALSE(cache.touch(2));
  EXPECT_TRUE(cache.touch(1));
  EXPECT_FALSE(cache.touch(3));  // evicts 2
  EXPECT_TRUE(cache.touch(1));
  EXPECT_FALSE(cache.touch(2));
}

TEST(LineCache, AgreesWithAPlainListOnRandomTouches) {
  LineCache cache(40, 8);
  std::vector<uint32_t> list;  // newest first
  base::Random random(5);
  for (int i = 0; i < 20000; ++i) {
    const auto line = static_cast<uint32_t>(random.integer(0, i % 3 ? 11 : 39));
    const auto found = std::find(list.begin(), list.end(), line);
    const bool resident = found != list.end();
    if (resident) list.erase(found);
    list.insert(list.begin(), line);
    if (list.size() > 8) list.pop_back();
    ASSERT_EQ(cache.touch(line), resident) << "touch " << i;
  }
}

board::Memory flash_memory(uint32_t wait_states) {
  return {"flash", board::MemoryKind::kFlash, 0x08000000, 64 << 10, wait_states, "test"};
}

TEST(FlashTiming, InstructionLinesPayOnceAndStayInTheCache) {
  FlashTiming flash = FlashTiming::create(flash_memory(5), {16, 4, 0, false, "test"}).value();
  EXPECT_EQ(flash.fetch(0, 2, 20), 15u);
  EXPECT_EQ(flash.fetch(0, 2, 20), 0u);
  EXPECT_EQ(flash.fetch(8, 9, 20), 10u);  // evicts line 0
  EXPECT_EQ(flash.fetch(2, 2, 20), 0u);
  EXPECT_EQ(flash.fetch(0, 0, 20), 5u);
}

TEST(FlashTiming, PrefetchHidesTheWaitBehindTheLineBefore) {
  FlashTiming flash = FlashTiming::create(flash_memory(5), {16, 0, 0, true, "test"}).value();
  EXPECT_EQ(flash.fetch(10, 10, 4), 5u);       // a jump: nothing was prefetched
  EXPECT_EQ(flash.fetch(10, 10, 4), 0u);       // still in the read buffer
  EXPECT_EQ(flash.fetch(11, 11, 4), 1u);       // sequential: 4 of 5 cycles hidden
  EXPECT_EQ(flash.fetch(12, 13, 16), 0u);      // 8 cycles a line hide everything
  EXPECT_EQ(flash.fetch(20, 21, 4), 5u + 3u);  // a jump, then 2 cycles a line
}

TEST(FlashTiming, DataReadsPayPerMissedLine) {
  FlashTiming cached = FlashTiming::create(flash_memory(3), {16, 0, 2, false, "test"}).value();
  EXPECT_EQ(cached.read(0x08000000, 4), 3u);
  EXPECT_EQ(cached.read(0x0800000C, 4), 0u);
  EXPECT_EQ(cached.read(0x0800000E, 4), 3u);  // crosses into the next line
  FlashTiming bare = FlashTiming::create(flash_memory(3), {16, 0, 0, false, "test"}).value();
  EXPECT_EQ(bare.read(0x08000000, 4), 3u);
  EXPECT_EQ(bare.read(0x08000000, 4), 3u);
}

}  // namespace
}  // namespace thimble::sim
