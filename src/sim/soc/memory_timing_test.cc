#include "sim/soc/memory_timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "base/random.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kFlash = 0x08000000;
constexpr uint32_t kRam = 0x20000000;
constexpr size_t kFlashMemory = 0;
constexpr size_t kRamMemory = 1;

board::Board make_board(uint32_t flash_wait_states, uint32_t read_bytes, bool prefetch) {
  board::Board board;
  board.name = "test";
  board.memories = {{.name = "flash",
                     .kind = board::MemoryKind::kFlash,
                     .base = kFlash,
                     .size_bytes = 64 << 10,
                     .wait_states = flash_wait_states,
                     .source = "test",
                     .read_bytes = read_bytes,
                     .prefetch = prefetch},
                    {.name = "ram",
                     .kind = board::MemoryKind::kRam,
                     .base = kRam,
                     .size_bytes = 64 << 10,
                     .source = "test"}};
  board.code_memory = "flash";
  board.data_memory = "ram";
  return board;
}

board::Cache make_cache(board::CacheServes serves, uint32_t size_bytes, uint32_t line_bytes,
                        uint32_t ways) {
  board::Cache cache;
  cache.serves = serves;
  cache.memories = {kFlashMemory};
  cache.size_bytes = size_bytes;
  cache.line_bytes = line_bytes;
  cache.ways = ways;
  return cache;
}

MemoryTiming create(const board::Board& board) {
  auto timing = MemoryTiming::create(board);
  EXPECT_TRUE(timing.has_value());
  return std::move(timing).value();
}

// A block on whole lines of 16 bytes, counted from the start of the flash.
uint32_t fetch(MemoryTiming& timing, uint32_t first_line, uint32_t last_line, uint32_t cycles) {
  const auto code = timing.code(kFlash + first_line * 16, kFlash + (last_line + 1) * 16);
  EXPECT_TRUE(code.has_value());
  return code ? timing.fetch(*code, cycles) : 0;
}

// Lines of 32 bytes before both memories, written back, as on a Cortex-M7 but smaller.
board::Board write_back_board() {
  board::Board board = make_board(10, 16, false);
  board.memories[kFlashMemory].wait_states = 6;
  board.memories[kFlashMemory].bus_cycles = 4;
  board.memories[kRamMemory].bus_cycles = 5;
  board.memories[kRamMemory].tightly_coupled_bytes = 4096;
  board::Cache cache = make_cache(board::CacheServes::kData, 1024, 32, 2);
  cache.memories = {kFlashMemory, kRamMemory};
  cache.write_back = true;
  cache.eviction_cycles = 4;
  board.caches = {cache};
  return board;
}

TEST(MemoryTiming, WithoutWaitStatesNobodyNeedsToAsk) {
  const MemoryTiming timing = create(make_board(0, 4, false));
  EXPECT_FALSE(timing.reads_cost(kFlashMemory));
  EXPECT_FALSE(timing.reads_cost(kRamMemory));
  EXPECT_FALSE(timing.writes_cost(kRamMemory));
  EXPECT_FALSE(timing.code(kFlash, kFlash + 16).has_value());
}

TEST(MemoryTiming, CodeOutsideTimedMemoriesCostsNothing) {
  const MemoryTiming timing = create(make_board(3, 16, false));
  EXPECT_TRUE(timing.reads_cost(kFlashMemory));
  EXPECT_TRUE(timing.code(kFlash, kFlash + 2).has_value());
  EXPECT_FALSE(timing.code(kRam, kRam + 16).has_value());
  EXPECT_FALSE(timing.code(0x10, 0x20).has_value());
  EXPECT_FALSE(timing.code(kFlash + (64 << 10) - 2, kFlash + (64 << 10) + 2).has_value());
  EXPECT_FALSE(timing.code(kFlash, kFlash).has_value());
}

TEST(MemoryTiming, InstructionLinesPayOnceAndStayInTheCache) {
  board::Board board = make_board(5, 16, false);
  board.caches = {make_cache(board::CacheServes::kInstructions, 64, 16, 4)};
  MemoryTiming timing = create(board);
  EXPECT_EQ(fetch(timing, 0, 2, 20), 15u);
  EXPECT_EQ(fetch(timing, 0, 2, 20), 0u);
  EXPECT_EQ(fetch(timing, 8, 9, 20), 10u);  // evicts line 0
  EXPECT_EQ(fetch(timing, 2, 2, 20), 0u);
  EXPECT_EQ(fetch(timing, 0, 0, 20), 5u);
}

TEST(MemoryTiming, LoopLongerThanTheCacheNeverHits) {
  board::Board board = make_board(5, 16, false);
  board.caches = {make_cache(board::CacheServes::kInstructions, 64, 16, 4)};
  MemoryTiming timing = create(board);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(timing, 0, 4, 20), 25u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(timing, 1, 4, 20), 0u);
}

TEST(MemoryTiming, PrefetchHidesTheWaitBehindTheLineBefore) {
  MemoryTiming timing = create(make_board(5, 16, true));
  EXPECT_EQ(fetch(timing, 10, 10, 4), 5u);       // a jump: nothing was prefetched
  EXPECT_EQ(fetch(timing, 10, 10, 4), 0u);       // still in the read buffer
  EXPECT_EQ(fetch(timing, 11, 11, 4), 1u);       // sequential: 4 of 5 cycles hidden
  EXPECT_EQ(fetch(timing, 12, 13, 16), 0u);      // 8 cycles a line hide everything
  EXPECT_EQ(fetch(timing, 20, 21, 4), 5u + 3u);  // a jump, then 2 cycles a line
  timing.set_prefetch(false);
  EXPECT_EQ(fetch(timing, 22, 22, 4), 5u);
}

TEST(MemoryTiming, LoadsWithoutCachePayForEveryWordOfTheBus) {
  MemoryTiming timing = create(make_board(3, 16, false));
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 3u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 1), 3u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 2, 4), 6u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 16), 12u);
}

TEST(MemoryTiming, LoadsPayOncePerLineOfTheDataCache) {
  board::Board board = make_board(3, 16, false);
  board.caches = {make_cache(board::CacheServes::kData, 32, 16, 2)};
  MemoryTiming timing = create(board);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 3u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 12, 4), 0u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 14, 4), 3u);  // crosses into the next line
  EXPECT_FALSE(timing.writes_cost(kRamMemory));
}

TEST(MemoryTiming, WeightsReadOnceCostOneMissPerLine) {
  // STM32F469: 128 bits a read, 5 wait states, 8 lines of constants. 1 KiB of weights by words.
  board::Board board = make_board(5, 16, true);
  board.caches = {make_cache(board::CacheServes::kData, 128, 16, 8)};
  MemoryTiming timing = create(board);
  for (int pass = 0; pass < 2; ++pass) {
    uint32_t stall_cycles = 0;
    for (uint32_t at = 0; at < 1024; at += 4)
      stall_cycles += timing.read(kFlashMemory, kFlash + at, 4);
    EXPECT_EQ(stall_cycles, 1024 / 16 * 5);  // the second pass as well: 64 lines do not fit into 8
  }
}

TEST(MemoryTiming, TightlyCoupledMemoryNeverWaits) {
  MemoryTiming timing = create(write_back_board());
  EXPECT_EQ(timing.read(kRamMemory, kRam, 4), 0u);
  EXPECT_EQ(timing.read(kRamMemory, kRam + 4092, 4), 0u);
  EXPECT_EQ(timing.read(kRamMemory, kRam + 4096, 4), 5u);
  EXPECT_FALSE(timing.code(kRam, kRam + 32).has_value());
  EXPECT_TRUE(timing.code(kRam + 4096, kRam + 4128).has_value());
}

TEST(MemoryTiming, WeightsFromFlashPushDataOutOfTheCache) {
  MemoryTiming timing = create(write_back_board());
  const uint32_t buffer = kRam + 8192;
  EXPECT_TRUE(timing.writes_cost(kRamMemory));
  EXPECT_FALSE(timing.writes_cost(kFlashMemory));
  EXPECT_EQ(timing.write(kRamMemory, buffer, 4), 0u);  // allocated behind the store buffer
  EXPECT_EQ(timing.read(kRamMemory, buffer + 28, 4), 0u);
  // 16 sets of 2 ways: the third line of a set pushes out the first, which was written to.
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 10u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 512, 4), 10u + 4u);
  EXPECT_EQ(timing.read(kRamMemory, buffer, 4), 5u);
  EXPECT_EQ(timing.read(kRamMemory, buffer + 30, 4), 5u);  // crosses into the next set
}

TEST(MemoryTiming, AccessThatRunsOutOfTheMemoryCostsWhatLiesInside) {
  MemoryTiming timing = create(write_back_board());
  const uint32_t end = kRam + (64 << 10);
  EXPECT_EQ(timing.read(kRamMemory, end - 36, 256), 2 * 5u);
  EXPECT_EQ(timing.write(kRamMemory, end - 2, 256), 0u);
  EXPECT_EQ(timing.read(kRamMemory, end - 32, 4), 0u);
}

TEST(MemoryTiming, SwitchedOffCachesAreEmptyAndPassedBy) {
  MemoryTiming timing = create(write_back_board());
  timing.read(kFlashMemory, kFlash, 4);
  timing.set_data_cache(false);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 10u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 10u);
  EXPECT_EQ(timing.write(kRamMemory, kRam + 8192, 4), 0u);
  timing.set_data_cache(true);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 10u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 0u);
  timing.invalidate();
  timing.set_wait_states(kFlashMemory, 2);  // the bus stays as slow as it is
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 6u);
}

TEST(MemoryTiming, CacheThatIsOffAtResetCanBeSwitchedOn) {
  board::Board board = make_board(2, 16, false);
  board.caches = {make_cache(board::CacheServes::kInstructions, 64, 16, 4)};
  board.caches[0].enabled = false;
  MemoryTiming timing = create(board);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(fetch(timing, 0, 1, 9), 4u);
  timing.set_accelerator(true, true, false);  // there is no data cache to switch on
  EXPECT_EQ(fetch(timing, 0, 1, 9), 4u);
  EXPECT_EQ(fetch(timing, 0, 1, 9), 0u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 2u);
  timing.set_wait_states(kFlashMemory, 1);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash, 4), 1u);
}

TEST(MemoryTiming, OneCacheForBothServesLiteralsBesideTheCode) {
  board::Board board = make_board(4, 16, false);
  board.caches = {make_cache(board::CacheServes::kBoth, 128, 16, 2)};
  MemoryTiming timing = create(board);
  EXPECT_EQ(fetch(timing, 0, 0, 9), 4u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 8, 4), 0u);
  // 4 sets: two constants of set 0 push the code out, unless it was executed in between.
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 64, 4), 4u);
  EXPECT_EQ(fetch(timing, 0, 0, 9), 0u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 128, 4), 4u);
  EXPECT_EQ(fetch(timing, 0, 0, 9), 0u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 192, 4), 4u);
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 256, 4), 4u);
  EXPECT_EQ(fetch(timing, 0, 0, 9), 4u);
  timing.set_data_cache(false);  // follows the switch of the instruction cache
  EXPECT_EQ(timing.read(kFlashMemory, kFlash + 8, 4), 0u);
}

TEST(MemoryTiming, ImpossibleCachesAreRefused) {
  board::Board board = make_board(4, 16, false);
  board.caches = {make_cache(board::CacheServes::kBoth, 96, 16, 2)};
  EXPECT_EQ(MemoryTiming::create(board).error().code, base::ErrorCode::kMalformed);
  board.caches = {make_cache(board::CacheServes::kBoth, 64, 16, 2),
                  make_cache(board::CacheServes::kData, 64, 16, 2)};
  EXPECT_THAT(MemoryTiming::create(board).error().to_string(), testing::HasSubstr("two caches"));
  board.caches = {make_cache(board::CacheServes::kData, 64, 16, 2)};
  board.caches[0].memories = {2};
  EXPECT_THAT(MemoryTiming::create(board).error().to_string(), testing::HasSubstr("memory 2 of 2"));
  EXPECT_FALSE(MemoryTiming::create(make_board(4, 12, false)).has_value());
}

// The whole of one LRU cache for instructions and data, by lists and addresses alone.
class NaiveUnified {
 public:
  NaiveUnified(uint32_t sets, uint32_t ways, uint32_t wait_states)
      : ways_(ways), wait_states_(wait_states), sets_(sets) {}

  uint32_t use(uint32_t address, uint32_t bytes) {
    uint32_t stall_cycles = 0;
    for (uint32_t line = address / 16; line <= (address + bytes - 1) / 16; ++line) {
      auto& set = sets_[line % sets_.size()];
      const bool hit = std::erase(set, line) > 0;
      set.push_front(line);
      if (set.size() > ways_) set.pop_back();
      if (!hit) stall_cycles += wait_states_;
    }
    return stall_cycles;
  }

 private:
  size_t ways_;
  uint32_t wait_states_;
  std::vector<std::list<uint32_t>> sets_;
};

TEST(MemoryTiming, ShortcutsChangeNothing) {
  board::Board board = make_board(4, 16, false);
  board.caches = {make_cache(board::CacheServes::kBoth, 256, 16, 2)};
  MemoryTiming timing = create(board);
  NaiveUnified naive(8, 2, 4);
  base::Random random(11);
  uint32_t address = kFlash;
  uint32_t hits = 0;
  for (int i = 0; i < 100000; ++i) {
    // The same place again, its neighbourhood, or anywhere.
    const auto kind = random.integer(0, 7);
    if (kind == 0) address = kFlash + static_cast<uint32_t>(random.integer(0, 2047)) * 2;
    if (kind == 1) address = kFlash + static_cast<uint32_t>(random.integer(0, 127)) * 2;
    uint32_t stall_cycles = 0;
    uint32_t expected = 0;
    if (random.integer(0, 1)) {
      const auto bytes = static_cast<uint32_t>(random.integer(1, 40)) * 2;
      stall_cycles = timing.fetch(*timing.code(address, address + bytes), 10);
      expected = naive.use(address, bytes);
    } else {
      stall_cycles = timing.read(kFlashMemory, address, 4);
      expected = naive.use(address, 4);
    }
    ASSERT_EQ(stall_cycles, expected) << "access " << i;
    hits += stall_cycles == 0;
  }
  EXPECT_GT(hits, 20000u);
  EXPECT_LT(hits, 90000u);
}

TEST(MemoryTiming, CountsWhatReachesTheFlash) {
  board::Board board = make_board(5, 8, false);
  MemoryTiming timing = create(board);
  const uint32_t base = board.memories[kFlashMemory].base;
  const uint64_t stalls_before = timing.read(kFlashMemory, base, 4);
  EXPECT_GT(stalls_before, 0u);
  EXPECT_EQ(timing.reads(kFlashMemory), 1u);
  timing.read(kFlashMemory, base + 0x102, 4);  // in two words
  EXPECT_EQ(timing.reads(kFlashMemory), 3u);

  MemoryTiming cached = create(write_back_board());
  cached.read(kFlashMemory, base, 4);
  const uint64_t of_a_line = cached.reads(kFlashMemory);
  EXPECT_GE(of_a_line, 1u);
  cached.read(kFlashMemory, base + 4, 4);
  EXPECT_EQ(cached.reads(kFlashMemory), of_a_line);  // a hit
}

TEST(MemoryTiming, EveryBuiltInBoardHasOne) {
  for (const std::string& name : board::board_names()) {
    auto board = board::load_board(name);
    ASSERT_TRUE(board.has_value());
    auto timing = MemoryTiming::create(*board);
    ASSERT_TRUE(timing.has_value()) << timing.error().to_string();
    EXPECT_EQ(timing->reads_cost(0), name != "cortex-m4-0ws") << name;
    EXPECT_EQ(timing->writes_cost(1), board->core == "cortex-m7") << name;
  }
}

}  // namespace
}  // namespace thimble::sim
