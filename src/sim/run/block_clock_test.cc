#include "sim/run/block_clock.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace thimble::sim {
namespace {

constexpr uint32_t kFlash = 0x08000000;
constexpr uint32_t kRam = 0x20000000;

// Two-byte instructions of one cycle; entering by falling through adds one cycle, a taken branch
// two. The exit state counts the instructions, so that a wrong state shows.
class CountingModel final : public PipelineModel {
 public:
  BlockTiming time_block(std::span<const std::byte> code, uint32_t, PipelineState entry) override {
    ++calls;
    BlockTiming timing;
    timing.instructions = static_cast<uint32_t>(code.size() / 2);
    timing.cycles_fall_through = timing.instructions;
    timing.cycles_taken = timing.instructions + 2;
    timing.exit_state = entry + timing.instructions;
    return timing;
  }
  int calls = 0;
};

class BlockClockTest : public ::testing::Test {
 protected:
  BlockClockTest() : memory_(MemoryMap::create(board_).value()) {
    std::ranges::fill(memory_.bytes(kFlash, 1024), std::byte{0});
    clock_.settle(kFlash);
  }

  static board::Board make_board() {
    board::Board board;
    board.memories = {{"flash", board::MemoryKind::kFlash, kFlash, 1024, 0, "test"},
                      {"ram", board::MemoryKind::kRam, kRam, 1024, 0, "test"}};
    board.code_memory = "flash";
    return board;
  }

  board::Board board_ = make_board();
  MemoryMap memory_;
  CountingModel model_;
  FlashTiming flash_ = FlashTiming::create(board_.memories[0], {}).value();
  BlockClock clock_{memory_, model_, flash_};
};

TEST_F(BlockClockTest, AddsABlockWhenItIsLeft) {
  clock_.enter(kFlash, 8);
  EXPECT_EQ(clock_.cycles(), 0u);
  clock_.enter(kFlash + 8, 4);  // fell through
  EXPECT_EQ(clock_.cycles(), 4u);
  clock_.enter(kFlash, 8);  // taken
  EXPECT_EQ(clock_.cycles(), 4u + 2 + 2);
  EXPECT_EQ(clock_.instructions(), 6u);
}

TEST_F(BlockClockTest, TimesABlockOncePerState) {
  for (int i = 0; i < 10; ++i) {
    clock_.enter(kFlash, 8);
    clock_.enter(kFlash + 8, 4);
  }
  EXPECT_EQ(model_.calls, 2);
  clock_.enter(kFlash + 8, 4);  // the same block, now after a branch
  EXPECT_EQ(model_.calls, 3);
}

TEST_F(BlockClockTest, CutsDoNotMatter) {
  clock_.enter(kFlash, 8);
  clock_.settle(kFlash + 6);
  EXPECT_EQ(clock_.cycles(), 3u);
  EXPECT_EQ(clock_.instructions(), 3u);
  clock_.enter(kFlash + 6, 2);
  clock_.enter(kFlash + 8, 4);
  clock_.leave_before_block();
  clock_.enter(kFlash + 8, 4);
  clock_.enter(kFlash, 8);
  EXPECT_EQ(clock_.cycles(), 4u + 2 + 2);
  EXPECT_EQ(clock_.cycles_before(kFlash + 4), 8u + 2);
}

TEST_F(BlockClockTest, CodeInRamIsTimedAnewWhenItChanged) {
  clock_.enter(kRam, 4);
  clock_.enter(kRam, 4);
  const int calls = model_.calls;
  clock_.enter(kRam, 4);
  EXPECT_EQ(model_.calls, calls);
  memory_.bytes(kRam, 1)[0] = std::byte{1};
  clock_.enter(kRam, 4);
  EXPECT_EQ(model_.calls, calls + 1);
}

TEST_F(BlockClockTest, AttentionReachesOldAndNewBlocks) {
  clock_.enter(kFlash, 8);
  clock_.attend(kFlash, kAttentionWatched);
  EXPECT_EQ(clock_.enter(kFlash, 8), kAttentionWatched);
  EXPECT_EQ(clock_.enter(kFlash, 4), kAttentionWatched);
  EXPECT_EQ(clock_.enter(kFlash + 8, 4), 0u);
  const uint8_t vmov[] = {0x00, 0xEE, 0x10, 0x0A};  // vmov s0, r0
  std::ranges::copy(std::as_bytes(std::span(vmov)), memory_.bytes(kFlash + 16, 4).begin());
  EXPECT_EQ(clock_.enter(kFlash + 16, 4), kAttentionFloatingPoint);
  clock_.set_attention_mask(kAttentionWatched);
  EXPECT_EQ(clock_.enter(kFlash + 16, 4), 0u);
}

}  // namespace
}  // namespace thimble::sim
