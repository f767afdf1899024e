#include "sim/run/semihosting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <span>

namespace thimble::sim {
namespace {

constexpr uint32_t kRam = 0x20000000;
constexpr uint32_t kBlock = kRam;          // parameters of a call
constexpr uint32_t kBuffer = kRam + 0x40;  // text
constexpr uint32_t kFailed = 0xFFFFFFFF;

// A program's memory and the machine it asks.
class SemihostingCall : public ::testing::Test {
 protected:
  SemihostingCall()
      : board_(board::load_board("cortex-m4-0ws").value()),
        memory_(MemoryMap::create(board_).value()),
        host_(board_.clock_hz) {}

  void put(uint32_t address, std::string_view text) {
    std::memcpy(memory_.bytes(address, text.size() + 1).data(), text.data(), text.size());
    memory_.bytes(address + static_cast<uint32_t>(text.size()), 1)[0] = std::byte{0};
  }
  std::string text(uint32_t address, uint32_t size) const {
    return {reinterpret_cast<const char*>(memory_.bytes(address, size).data()), size};
  }
  uint32_t word(uint32_t address) const {
    uint32_t value = 0;
    std::memcpy(&value, memory_.bytes(address, sizeof(value)).data(), sizeof(value));
    return value;
  }
  SemihostingResult call(uint32_t operation, std::initializer_list<uint32_t> parameters) {
    std::ranges::copy(std::as_bytes(std::span(parameters.begin(), parameters.size())),
                      memory_.bytes(kBlock, 4 * parameters.size()).begin());
    return host_.call(operation, kBlock, cycles_, memory_);
  }
  uint32_t open(std::string_view name, uint32_t mode) {
    put(kBuffer, name);
    return call(0x01, {kBuffer, mode, static_cast<uint32_t>(name.size())}).r0;
  }

  board::Board board_;
  MemoryMap memory_;
  Semihosting host_;
  uint64_t cycles_ = 0;
};

TEST_F(SemihostingCall, ConsoleIsWrittenThroughItsHandles) {
  const uint32_t input = open(":tt", 0), output = open(":tt", 4), errors = open(":tt", 8);
  EXPECT_NE(output, errors);
  put(kBuffer, "hello");
  for (uint32_t handle : {output, errors}) {
    const SemihostingResult written = call(0x05, {handle, kBuffer, 5});
    EXPECT_EQ(written.output, "hello");
    EXPECT_EQ(written.r0, 0u);
    EXPECT_EQ(call(0x09, {handle}).r0, 1u);  // a terminal
    EXPECT_EQ(call(0x0C, {handle}).r0, 0u);  // without a length
  }
  EXPECT_EQ(call(0x05, {input, kBuffer, 5}).r0, kFailed);
  EXPECT_EQ(call(0x06, {input, kBuffer, 5}).r0, 5u);  // nothing was read: the end of the input
  EXPECT_EQ(call(0x02, {output}).r0, 0u);
}

TEST_F(SemihostingCall, FilesOfTheHostAreOutOfReach) {
  EXPECT_EQ(open("/etc/passwd", 0), kFailed);
  EXPECT_EQ(call(0x13, {}).r0, 2u);  // ENOENT
  EXPECT_EQ(open("written.txt", 4), kFailed);
  EXPECT_EQ(call(0x0E, {kBuffer, 1}).r0, kFailed);
  EXPECT_EQ(call(0x12, {kBuffer, 1}).r0, kFailed);  // SYS_SYSTEM
  EXPECT_EQ(call(0x02, {77}).r0, kFailed);
  EXPECT_EQ(call(0x13, {}).r0, 9u);  // EBADF
}

TEST_F(SemihostingCall, FeaturesSayThatExitCodesAreTaken) {
  const uint32_t handle = open(":semihosting-features", 0);
  EXPECT_EQ(call(0x0C, {handle}).r0, 5u);
  EXPECT_EQ(call(0x06, {handle, kBuffer, 4}).r0, 0u);
  EXPECT_EQ(text(kBuffer, 4), "SHFB");
  EXPECT_EQ(call(0x0A, {handle, 4}).r0, 0u);
  EXPECT_EQ(call(0x06, {handle, kBuffer, 3}).r0, 2u);
  EXPECT_EQ(text(kBuffer, 1), "\x03");
  EXPECT_EQ(call(0x0A, {handle, 6}).r0, kFailed);
  EXPECT_EQ(call(0x20, {0x20026, 7}).exit_code, 7);
  EXPECT_EQ(call(0x20, {0x20023, 7}).exit_code, 1);
}

TEST_F(SemihostingCall, ClocksShowVirtualTime) {
  cycles_ = 5 * board_.clock_hz / 2;
  EXPECT_EQ(call(0x10, {}).r0, 250u);
  EXPECT_EQ(call(0x11, {}).r0, 2u);
  EXPECT_EQ(call(0x31, {}).r0, board_.clock_hz);
  call(0x30, {0, 0});
  EXPECT_EQ(word(kBlock), static_cast<uint32_t>(cycles_));
  EXPECT_EQ(word(kBlock + 4), cycles_ >> 32);
}

TEST_F(SemihostingCall, StartUpLearnsTheCommandLineAndKeepsItsOwnHeap) {
  call(0x16, {kBuffer});
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(word(kBuffer + 4 * i), 0u);
  EXPECT_EQ(call(0x15, {kBuffer, 80}).r0, 0u);
  EXPECT_EQ(text(kBuffer, word(kBlock + 4)), "program");
  EXPECT_EQ(call(0x15, {kBuffer, 4}).r0, kFailed);  // too small for it
}

TEST_F(SemihostingCall, BadPointersDoNoHarm) {
  constexpr uint32_t kNowhere = 0x60000000;
  EXPECT_EQ(call(0x01, {kNowhere, 0, 3}).r0, kFailed);
  EXPECT_EQ(call(0x05, {2, kNowhere, 10}).r0, 10u);
  EXPECT_EQ(call(0x05, {2, kBuffer, 0xFFFFFFF0}).r0, 0xFFFFFFF0u);
  const uint32_t features = open(":semihosting-features", 0);
  EXPECT_EQ(call(0x06, {features, board_.flash().base, 4}).r0, 4u);
  EXPECT_EQ(call(0x15, {kNowhere, 80}).r0, kFailed);
  for (uint32_t operation = 0; operation <= 0x40; ++operation)
    host_.call(operation, kNowhere, 0, memory_);
}

}  // namespace
}  // namespace thimble::sim
