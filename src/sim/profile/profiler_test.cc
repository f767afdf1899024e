// Synthetic events: what a profiler makes of calls, returns, tail calls, recursion and interrupts.
#include "sim/profile/profiler.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/profile/breakdown.h"
#include "sim/profile/callgrind.h"
#include "sim/profile/profile_test_support.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kMain = 0x100, kF = 0x200, kG = 0x300, kHandler = 0x400;
constexpr uint32_t kSp = 0x20001000;

class ProfilerTest : public testing::Test {
 protected:
  // A block of four bytes that costs `cycles`.
  void block(uint32_t address, uint32_t successor, uint32_t cycles, uint32_t sp, uint32_t lr = 0) {
    ExecutedBlock executed;
    executed.address = address;
    executed.end = address + 4;
    executed.successor = successor;
    executed.stack_pointer = sp;
    executed.link_register = lr;
    executed.instructions = 2;
    executed.cycles = cycles;
    executed.start_cycles = now_;
    now_ += cycles;
    profiler_.on_block(executed);
  }
  void call(uint32_t address, uint32_t callee, uint32_t cycles, uint32_t sp) {
    block(address, callee, cycles, sp, (address + 4) | 1);
  }
  // Of the caller's address; the callee left `sp` as it found it.
  void jump(uint32_t address, uint32_t successor, uint32_t cycles, uint32_t sp) {
    block(address, successor, cycles, sp, 0xDEAD);
  }

  std::map<std::string, Profile::Function> finish() {
    profile_ = profiler_.finish(now_);
    std::map<std::string, Profile::Function> functions;
    for (const Profile::Function& function : profile_.functions)
      functions[function_name(function)] = function;
    return functions;
  }

  Elf elf_ = testing_support::elf_with_functions(
      {{"main", kMain}, {"f", kF}, {"g", kG}, {"handler", kHandler}}, 0x100);
  Profiler profiler_{elf_};
  Profile profile_;
  uint64_t now_ = 0;
};

TEST_F(ProfilerTest, InclusiveIsSelfAndCallees) {
  call(kMain, kF, 10, kSp);
  call(kF, kG, 20, kSp - 16);
  jump(kG, kF + 4, 30, kSp - 16);
  jump(kF + 4, kMain + 4, 40, kSp);
  block(kMain + 4, kMain + 8, 50, kSp);
  auto functions = finish();
  EXPECT_EQ(functions["g"].inclusive.cycles, 30u);
  EXPECT_EQ(functions["f"].inclusive.cycles, 90u);
  EXPECT_EQ(functions["f"].self.cycles, 60u);
  EXPECT_EQ(functions["main"].inclusive.cycles, 150u);
  EXPECT_EQ(functions["main"].self.cycles, 60u);
  EXPECT_EQ(functions["f"].calls, 1u);
  EXPECT_EQ(profile_.total.cycles, 150u);
  EXPECT_EQ(profile_.total.instructions, 10u);
  ASSERT_EQ(profile_.calls.size(), 2u);
  EXPECT_EQ(profile_.calls[0].cost.cycles, 90u);
  EXPECT_EQ(profile_.calls[1].cost.cycles, 30u);
}

TEST_F(ProfilerTest, RecursionCountsItsTimeOnce) {
  call(kMain, kF, 1, kSp);
  for (uint32_t depth = 1; depth <= 5; ++depth) call(kF, kF, 10, kSp - 16 * depth);
  for (uint32_t depth = 5; depth >= 1; --depth) jump(kF + 4, kF + 4, 100, kSp - 16 * depth);
  jump(kF + 4, kMain + 4, 100, kSp);
  block(kMain + 4, kMain + 8, 1, kSp);
  auto functions = finish();
  EXPECT_EQ(functions["f"].inclusive.cycles, 650u);
  EXPECT_EQ(functions["f"].self.cycles, 650u);
  EXPECT_EQ(functions["f"].calls, 6u);
  EXPECT_EQ(functions["main"].inclusive.cycles, 652u);
}

TEST_F(ProfilerTest, TailCallEndsWithTheCallItReplaces) {
  call(kMain, kF, 1, kSp);
  jump(kF, kG, 10, kSp);
  jump(kG, kMain + 4, 20, kSp);
  block(kMain + 4, kMain + 8, 1, kSp);
  auto functions = finish();
  EXPECT_EQ(functions["g"].inclusive.cycles, 20u);
  EXPECT_EQ(functions["f"].inclusive.cycles, 30u);
  EXPECT_EQ(functions["main"].self.cycles, 2u);
}

TEST_F(ProfilerTest, JumpingToAndFroDoesNotPileUpFrames) {
  for (int i = 0; i < 1000; ++i) {
    jump(kF, kG, 1, kSp);
    jump(kG, kF, 1, kSp);
  }
  auto functions = finish();
  EXPECT_EQ(functions["f"].inclusive.cycles, 2000u);
  EXPECT_EQ(functions["g"].inclusive.cycles, 1000u);
}

TEST_F(ProfilerTest, LongJumpEndsTheCallsItLeaves) {
  call(kMain, kF, 1, kSp);
  call(kF, kG, 10, kSp - 16);
  jump(kG, kMain + 4, 20, kSp);  // straight back to main
  block(kMain + 4, kMain + 8, 100, kSp);
  auto functions = finish();
  EXPECT_EQ(functions["f"].inclusive.cycles, 30u);
  EXPECT_EQ(functions["g"].inclusive.cycles, 20u);
}

TEST_F(ProfilerTest, HandlersBelongToNobodyTheyInterrupt) {
  call(kMain, kF, 1, kSp);
  block(kF, kF + 4, 10, kSp);
  now_ += 12;
  profiler_.on_exception_entry(15, now_);
  call(kHandler, kF, 100, kSp - 64);  // f is active in the interrupted code too
  jump(kF + 4, kHandler + 4, 1000, kSp - 64);
  jump(kHandler + 4, 0xFFFFFFF8, 100, kSp - 64);
  profiler_.on_exception_return(now_);
  now_ += 10;
  jump(kF + 4, kMain + 4, 20, kSp);
  block(kMain + 4, kMain + 8, 1, kSp);
  auto functions = finish();
  EXPECT_EQ(functions["handler"].inclusive.cycles, 1200u);
  EXPECT_EQ(functions["f"].inclusive.cycles, 1030u);
  EXPECT_EQ(functions["main"].inclusive.cycles, 32u);
  EXPECT_EQ(profile_.idle_cycles, 22u);
  EXPECT_EQ(profile_.all_cycles(), now_);
}

// A block costs its instructions; what a model gives each of them does not matter for the sum.
class TwoThirdsModel final : public PipelineModel {
 public:
  BlockTiming time_block(std::span<const std::byte> code, uint32_t, PipelineState) override {
    const auto cycles = static_cast<uint32_t>(code.size() == 2 ? 2 : 3);
    return {static_cast<uint32_t>(code.size() / 2), cycles, cycles, kAfterBranch};
  }
};

bool read_nops(uint32_t, std::span<std::byte> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i % 2 == 0 ? 0x00 : 0xBF);
  return true;
}

TEST_F(ProfilerTest, InstructionsShareTheirBlocksCyclesExactly) {
  block(kMain, kMain + 4, 7, kSp);
  block(kMain, kMain + 4, 3, kSp);
  finish();
  TwoThirdsModel model;
  const auto instructions = instruction_costs(profile_, model, read_nops);
  ASSERT_EQ(instructions.size(), 2u);
  EXPECT_EQ(instructions[0].address, kMain);
  EXPECT_EQ(instructions[0].cost.cycles, 6u);  // two thirds of 10, rounded down
  EXPECT_EQ(instructions[1].cost.cycles, 4u);
  EXPECT_EQ(instructions[0].executions, 2u);
  EXPECT_EQ(instructions[0].cost.instructions + instructions[1].cost.instructions, 4u);
}

TEST_F(ProfilerTest, CodeThatIsGoneIsOneInstructionABlock) {
  block(kMain, kMain + 4, 7, kSp);
  finish();
  TwoThirdsModel model;
  const auto instructions =
      instruction_costs(profile_, model, [](uint32_t, std::span<std::byte>) { return false; });
  ASSERT_EQ(instructions.size(), 1u);
  EXPECT_EQ(instructions[0].cost, profile_.total);
}

// Adds up the cost lines of a callgrind file, calls left out: an own small reader.
uint64_t self_cycles_in(const std::string& text) {
  std::istringstream lines(text);
  uint64_t sum = 0;
  bool after_calls = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0x") && !after_calls) {
      std::istringstream fields(line);
      std::string address;
      uint64_t source_line = 0, cycles = 0;
      fields >> address >> source_line >> cycles;
      sum += cycles;
    }
    after_calls = line.starts_with("calls=");
  }
  return sum;
}

TEST_F(ProfilerTest, CallgrindAddsUpToAllCycles) {
  call(kMain, kF, 10, kSp);
  jump(kF, kMain + 4, 33, kSp);
  now_ += 1000;  // asleep
  block(kMain + 4, kMain + 8, 50, kSp);
  finish();
  TwoThirdsModel model;
  const auto instructions = instruction_costs(profile_, model, read_nops);
  const std::string text = callgrind_text(elf_, profile_, instructions, "test");
  EXPECT_EQ(self_cycles_in(text), now_);
  EXPECT_NE(text.find("totals: 1093 6 0 0"), std::string::npos) << text;
  EXPECT_NE(text.find("calls=1 0x200 0\n0x102 0 33 2 0 0"), std::string::npos) << text;
}

}  // namespace
}  // namespace thimble::sim
