#include "sim/run/processor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

namespace thimble::sim {
namespace {

constexpr uint32_t kFlash = 0x08000000;
constexpr uint32_t kRam = 0x20000000;

constexpr uint16_t kNop = 0xBF00;
constexpr uint16_t kAddOneToR0 = 0x3001;
constexpr uint16_t kBranchToSelf = 0xE7FE;
constexpr uint16_t kBreak = 0xBE00;

// Instructions of one cycle; entering by falling through adds none, a taken branch two. The exit
// state counts the instructions, so that a wrong state shows.
class CountingModel final : public PipelineModel {
 public:
  BlockTiming time_block(std::span<const std::byte> code, uint32_t, PipelineState entry) override {
    BlockTiming timing;
    timing.instructions = static_cast<uint32_t>(code.size() / 2);
    timing.cycles_fall_through = timing.instructions;
    timing.cycles_taken = timing.instructions + 2;
    timing.exit_state = entry + timing.instructions;
    return timing;
  }
};

class NoBus final : public Bus {
 public:
  bool device_read(uint32_t, uint32_t, uint32_t, uint32_t&) override { return false; }
  bool device_write(uint32_t, uint32_t, uint32_t, uint32_t) override { return false; }
};

class ProcessorTest : public ::testing::Test {
 protected:
  ProcessorTest() : memory_(MemoryMap::create(board_).value()) {}

  static board::Board make_board() {
    board::Board board;
    board.memories = {{"flash", board::MemoryKind::kFlash, kFlash, 1024, 0, "test"},
                      {"ram", board::MemoryKind::kRam, kRam, 1024, 0, "test"}};
    board.code_memory = "flash";
    return board;
  }

  void place(uint32_t address, std::initializer_list<uint16_t> code) {
    const auto target = memory_.bytes(address, code.size() * 2);
    std::memcpy(target.data(), code.begin(), target.size());
  }

  Leave run_from(uint32_t pc) {
    state().r[kPc] = pc;
    return processor_.run();
  }

  CpuState& state() { return processor_.context().state; }

  board::Board board_ = make_board();
  MemoryMap memory_;
  CountingModel model_;
  MemoryTiming timing_ = MemoryTiming::create(board_).value();
  NoBus bus_;
  Processor processor_{memory_, InstructionSet{}, model_, timing_, bus_};
};

TEST_F(ProcessorTest, AddsWhatWasExecuted) {
  place(kFlash, {kAddOneToR0, kAddOneToR0, 0xE000, kNop, kAddOneToR0, kBreak});  // b over the nop
  EXPECT_EQ(run_from(kFlash), Leave::kExit);
  EXPECT_EQ(processor_.context().exit, Exit::kBreak);
  EXPECT_EQ(state().r[0], 3u);
  EXPECT_EQ(state().r[kPc], kFlash + 10);
  EXPECT_EQ(processor_.instructions(), 4u);
  EXPECT_EQ(processor_.cycles(), 3u + 2 + 1);
}

TEST_F(ProcessorTest, ACutInsideABlockChangesNothing) {
  place(kFlash, {kAddOneToR0, kAddOneToR0, kAddOneToR0, kAddOneToR0, kBreak});
  processor_.set_alarm(UINT64_MAX, 2);
  EXPECT_EQ(run_from(kFlash), Leave::kAlarm);
  EXPECT_EQ(state().r[0], 2u);
  EXPECT_EQ(state().r[kPc], kFlash + 4);
  EXPECT_EQ(processor_.cycles(), 2u);
  processor_.set_alarm(UINT64_MAX, UINT64_MAX);
  EXPECT_EQ(processor_.run(), Leave::kExit);
  EXPECT_EQ(state().r[0], 4u);
  EXPECT_EQ(processor_.cycles(), 4u);
  EXPECT_EQ(processor_.instructions(), 4u);
}

TEST_F(ProcessorTest, TheCoarseAlarmWaitsForTheEndOfTheBlock) {
  place(kFlash, {kAddOneToR0, kAddOneToR0, kAddOneToR0, 0xE7FB});  // back to the start
  processor_.set_alarm(7, UINT64_MAX);
  EXPECT_EQ(run_from(kFlash), Leave::kAlarm);
  EXPECT_EQ(processor_.cycles(), 12u);
  EXPECT_EQ(state().r[0], 6u);
}

TEST_F(ProcessorTest, IfThenBlocksAreNotLeftInTheMiddle) {
  // cmp r0, #0; itt eq; addeq r0, #1; addeq r0, #1; bkpt
  place(kFlash, {0x2800, 0xBF04, kAddOneToR0, kAddOneToR0, kBreak});
  processor_.set_alarm(UINT64_MAX, 3);
  EXPECT_EQ(run_from(kFlash), Leave::kAlarm);
  EXPECT_EQ(state().r[0], 2u);
  EXPECT_EQ(state().r[kPc], kFlash + 8);
}

TEST_F(ProcessorTest, AttentionStopsBeforeAnAddressInTheMiddleOfABlock) {
  place(kFlash, {kAddOneToR0, kAddOneToR0, kAddOneToR0, kBreak});
  EXPECT_EQ(run_from(kFlash), Leave::kExit);  // the block is known as a whole now
  state().r[0] = 0;
  processor_.attend(kFlash + 4, kAttentionBreak);
  EXPECT_EQ(run_from(kFlash), Leave::kAttention);
  EXPECT_EQ(processor_.attention(), kAttentionBreak);
  EXPECT_EQ(state().r[0], 2u);
  EXPECT_EQ(processor_.run(true), Leave::kExit);
  EXPECT_EQ(state().r[0], 3u);
}

TEST_F(ProcessorTest, CodeInRamThatIsRewrittenIsDecodedAgain) {
  place(kRam, {kAddOneToR0, kBreak});
  EXPECT_EQ(run_from(kRam), Leave::kExit);
  place(kRam, {kNop, kBreak});
  EXPECT_EQ(run_from(kRam), Leave::kExit);
  EXPECT_EQ(state().r[0], 1u);
}

TEST_F(ProcessorTest, FlagsThatNobodyReadsAreStillRightAtTheEnd) {
  // movs r0, #0; movs r1, #1; bkpt: only the flags of the second are seen
  place(kFlash, {0x2000, 0x2101, kBreak});
  run_from(kFlash);
  EXPECT_EQ(state().xpsr() >> 28, 0u);
  // movs r0, #0; bkpt
  place(kRam, {0x2000, kBreak});
  run_from(kRam);
  EXPECT_EQ(state().xpsr() >> 28, 4u);
}

TEST_F(ProcessorTest, ReportsJumpsIntoNowhere) {
  EXPECT_EQ(run_from(0x30000000), Leave::kBadFetch);
  place(kFlash, {0x4700});  // bx r0
  state().r[0] = 0x30000001;
  EXPECT_EQ(run_from(kFlash), Leave::kBadFetch);
  EXPECT_EQ(processor_.last_instruction(), kFlash);
}

TEST_F(ProcessorTest, ForgottenCodeIsNotNamed) {
  place(kFlash, {kAddOneToR0, kBreak});
  EXPECT_EQ(run_from(kFlash), Leave::kExit);
  processor_.forget_code();
  EXPECT_EQ(run_from(0x30000000), Leave::kBadFetch);
  EXPECT_EQ(processor_.last_instruction(), 0x30000000u);
}

TEST_F(ProcessorTest, AHandlerReturnsWhateverBitZeroOfTheReturnValue) {
  place(kFlash, {0x4770});                                        // bx lr
  for (const uint32_t exc_return : {0xFFFFFFF9u, 0xFFFFFFBCu}) {  // the latter of Armv8-M
    state().ipsr = 16;
    state().r[kLr] = exc_return;
    EXPECT_EQ(run_from(kFlash), Leave::kExit);
    EXPECT_EQ(processor_.context().exit, Exit::kExceptionReturn);
    EXPECT_EQ(processor_.context().exit_address, exc_return);
  }
}

TEST_F(ProcessorTest, AnIfThenInstructionInAnIfThenBlockIsUndefined) {
  state().z = 0;
  place(kFlash, {0xBF08, 0xBF08, kAddOneToR0, kBreak});  // it eq; it eq; addeq r0, #1
  EXPECT_EQ(run_from(kFlash), Leave::kExit);
  EXPECT_EQ(processor_.context().exit, Exit::kUndefined);
  EXPECT_EQ(state().r[kPc], kFlash + 2);
}

TEST_F(ProcessorTest, NamesTheInstructionOfABadAccess) {
  place(kFlash, {kAddOneToR0, 0x6809, kBreak});  // ldr r1, [r1]
  state().r[1] = 0x40;
  EXPECT_EQ(run_from(kFlash), Leave::kExit);
  EXPECT_EQ(processor_.context().exit, Exit::kBadRead);
  EXPECT_EQ(processor_.context().exit_address, 0x40u);
  EXPECT_EQ(state().r[kPc], kFlash + 2);
  EXPECT_EQ(processor_.instructions(), 1u);
}

TEST_F(ProcessorTest, AnEndlessLoopEndsAtTheAlarm) {
  place(kFlash, {kBranchToSelf});
  processor_.set_alarm(1000, UINT64_MAX);
  EXPECT_EQ(run_from(kFlash), Leave::kAlarm);
  EXPECT_GE(processor_.cycles(), 1000u);
  EXPECT_LT(processor_.cycles(), 1003u);
}

}  // namespace
}  // namespace thimble::sim
