// Stacks made by hand; whole programs are in tests/sim and tests/sim_cli.
#include "sim/run/backtrace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "sim/profile/profile_test_support.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kRam = 0x20000000;
constexpr uint32_t kInF = 0x1000, kInG = 0x2000, kInHandler = 0x3000;

class BacktraceTest : public testing::Test {
 protected:
  void SetUp() override {
    board::Board board;
    board.memories.resize(2);
    board.memories[0].kind = board::MemoryKind::kFlash;
    board.memories[0].size_bytes = 0x10000;
    board.memories[1].kind = board::MemoryKind::kRam;
    board.memories[1].base = kRam;
    board.memories[1].size_bytes = 0x1000;
    auto memory = MemoryMap::create(board);
    ASSERT_TRUE(memory);
    memory_ = std::make_unique<MemoryMap>(std::move(*memory));
    for (uint32_t at = 0; at < 0x1000; at += 4) store(kRam + at, 0);
    registers_[kSp] = kRam + 0x100;
    registers_[kLr] = 0xFFFFFFFF;
  }

  void store(uint32_t address, uint32_t word) {
    std::memcpy(memory_->bytes(address, 4).data(), &word, 4);
  }
  // A BL whose return address is the one given.
  uint32_t after_call(uint32_t address) {
    store(address - 4, 0xF800F000);  // bl, half-words F000 F800
    return address | 1;
  }
  std::vector<std::pair<std::string, bool>> callers() {
    std::vector<std::pair<std::string, bool>> found;
    for (const Caller& caller : find_callers(elf_, *memory_, registers_))
      found.push_back({caller.function, caller.guessed});
    return found;
  }

  using Found = std::vector<std::pair<std::string, bool>>;
  Elf elf_ = testing_support::elf_with_functions(
      {{"f", kInF}, {"g", kInG}, {"handler", kInHandler}}, 0x800);
  std::unique_ptr<MemoryMap> memory_;
  Registers registers_{};
};

TEST_F(BacktraceTest, WithoutDebugInformationTheLinkRegisterIsBelievedAndTheStackIsNot) {
  registers_[kPc] = kInF + 8;
  registers_[kLr] = after_call(kInG + 0x20);
  store(kRam + 0x110, after_call(kInHandler + 0x40));
  store(kRam + 0x114, kInG + 0x30 + 1);  // follows no call
  EXPECT_EQ(callers(), (Found{{"g", false}, {"handler", true}}));
}

TEST_F(BacktraceTest, AJumpIntoNowhereIsUnwoundFromItsCaller) {
  registers_[kPc] = 0x60000000;
  registers_[kLr] = after_call(kInG + 0x20);
  EXPECT_EQ(callers(), (Found{{"g", false}}));
}

TEST_F(BacktraceTest, GoesThroughAnExceptionFrame) {
  registers_[kPc] = kInHandler + 4;
  registers_[kLr] = 0xFFFFFFF9;                       // to thread mode, main stack, eight words
  store(kRam + 0x100 + 20, after_call(kInG + 0x20));  // the interrupted function's lr
  store(kRam + 0x100 + 24, kInF + 0x10);
  store(kRam + 0x100 + 28, 0x01000000);
  EXPECT_EQ(callers(), (Found{{"f", false}, {"g", false}}));
}

TEST_F(BacktraceTest, SurvivesAStackThatIsNowhere) {
  for (const uint32_t sp : {0u, 3u, kRam - 4, kRam + 0xFFE, 0xFFFFFFFCu}) {
    registers_[kSp] = sp;
    registers_[kPc] = kInF + 8;
    for (const uint32_t lr : {0u, 1u, 0xFFFFFFF9u, 0xFFFFFFFDu, 0xFFFFFFFFu}) {
      registers_[kLr] = lr;
      EXPECT_TRUE(callers().empty());
    }
  }
}

}  // namespace
}  // namespace thimble::sim
