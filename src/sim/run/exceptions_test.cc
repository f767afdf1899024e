#include "sim/run/exceptions.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace thimble::sim {
namespace {

constexpr uint32_t kRam = 0x20000000;
constexpr uint32_t kTop = kRam + 0x1000;
constexpr uint32_t kHandlers = 0x08001001;  // of exception n: 16 bytes after n - 1's
constexpr uint32_t kLowInterrupt = 20, kHighInterrupt = 21;
constexpr ExceptionTiming kTiming{.entry = 12, .exit = 10, .tail_chain = 6, .float_entry = 17};

struct Fixture {
  explicit Fixture(std::string_view board_name = "nucleo-l4r5zi") {
    const board::Board board = board::load_board(board_name).value();
    const board::Core core = board::load_core(board.core).value();
    memory = std::make_unique<MemoryMap>(MemoryMap::create(board).value());
    devices = std::make_unique<Devices>(board, core, [] { return uint64_t{0}; });
    for (uint32_t n = 1; n < 64; ++n) poke(board.flash().base + 4 * n, kHandlers + 16 * n);
    for (uint32_t i = 0; i < 13; ++i) cpu.r[i] = 100 + i;
    cpu.r[kSp] = kTop;
    cpu.r[kLr] = 0x08000501;
    cpu.r[kPc] = 0x08000400;
    devices->nvic().set_enabled(kLowInterrupt, true);
    devices->nvic().set_enabled(kHighInterrupt, true);
    devices->nvic().set_priority(kLowInterrupt, 0x80);
    devices->nvic().set_priority(kHighInterrupt, 0x40);
  }
  void poke(uint32_t address, uint32_t value) {
    std::memcpy(memory->bytes(address, 4).data(), &value, 4);
  }
  uint32_t peek(uint32_t address) const {
    uint32_t value = 0;
    std::memcpy(&value, memory->bytes(address, 4).data(), 4);
    return value;
  }
  ExceptionOutcome enter(uint32_t number) {
    return enter_exception(cpu, *memory, *devices, number, kTiming);
  }
  ExceptionOutcome leave() { return leave_exception(cpu, *memory, *devices, cpu.r[kLr], kTiming); }
  static uint32_t handler(uint32_t number) { return (kHandlers + 16 * number) & ~1u; }

  CpuState cpu;
  std::unique_ptr<MemoryMap> memory;
  std::unique_ptr<Devices> devices;
};

TEST(Exceptions, EntryStacksEightWordsAndReturnRestoresEverything) {
  Fixture f;
  f.cpu.it = 0xA5;
  f.cpu.c = 1;
  f.cpu.ge = 9;
  f.cpu.exclusive = true;
  const CpuState before = f.cpu;
  const ExceptionOutcome entry = f.enter(kLowInterrupt);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry.cycles, 12u);
  EXPECT_EQ(f.cpu.r[kPc], Fixture::handler(kLowInterrupt));
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFF9u);
  EXPECT_EQ(f.cpu.ipsr, kLowInterrupt);
  EXPECT_EQ(f.cpu.it, 0u);
  EXPECT_FALSE(f.cpu.exclusive);
  EXPECT_EQ(f.cpu.r[kSp], kTop - 32);
  const uint32_t expected[] = {100, 101, 102, 103, 112, 0x08000501, 0x08000400, before.xpsr()};
  for (uint32_t i = 0; i < 8; ++i) EXPECT_EQ(f.peek(kTop - 32 + 4 * i), expected[i]) << i;
  EXPECT_EQ(f.devices->read(0xE000ED04, 4) & 0x1FF, kLowInterrupt);
  EXPECT_TRUE(f.devices->take_event());

  f.cpu.r[0] = f.cpu.r[12] = 0;
  f.cpu.set_xpsr(f.cpu.ipsr);
  const ExceptionOutcome exit = f.leave();
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(exit.cycles, 10u);
  EXPECT_FALSE(exit.tail_chained);
  EXPECT_EQ(f.cpu.r, before.r);
  EXPECT_EQ(f.cpu.xpsr(), before.xpsr());
  EXPECT_EQ(f.cpu.it, 0xA5u);
  EXPECT_FALSE(f.devices->nvic().active(kLowInterrupt));
}

TEST(Exceptions, AnOddStackIsAlignedAndTheStackedStatusSaysSo) {
  Fixture f;
  f.cpu.r[kSp] = kTop - 4;
  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  EXPECT_EQ(f.cpu.r[kSp], kTop - 40);
  EXPECT_EQ(f.peek(kTop - 40 + 28) & 1u << 9, 1u << 9);
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.r[kSp], kTop - 4);

  f.devices->write(0xE000ED14, 4, 0);  // without STKALIGN
  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  EXPECT_EQ(f.cpu.r[kSp], kTop - 36);
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.r[kSp], kTop - 4);
}

TEST(Exceptions, HandlersNestAndReturnInOrder) {
  Fixture f;
  f.devices->nvic().set_pending(kLowInterrupt);
  ASSERT_TRUE(f.enter(*f.devices->nvic().take(f.cpu)).ok());
  f.cpu.r[0] = 77;
  f.devices->nvic().set_pending(kHighInterrupt);
  ASSERT_EQ(f.devices->nvic().take(f.cpu), kHighInterrupt);
  ASSERT_TRUE(f.enter(kHighInterrupt).ok());
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFF1u);
  EXPECT_EQ(f.cpu.r[kSp], kTop - 64);
  f.cpu.r[0] = 78;
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.ipsr, kLowInterrupt);
  EXPECT_EQ(f.cpu.r[0], 77u);
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFF9u);
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.ipsr, 0u);
  EXPECT_EQ(f.cpu.r[0], 100u);
  EXPECT_EQ(f.cpu.r[kSp], kTop);
}

TEST(Exceptions, TheNextHandlerIsChainedWithoutTouchingTheStack) {
  Fixture f;
  ASSERT_TRUE(f.enter(kHighInterrupt).ok());
  f.devices->nvic().set_pending(kLowInterrupt);
  EXPECT_FALSE(f.devices->nvic().take(f.cpu));
  const ExceptionOutcome chained = f.leave();
  ASSERT_TRUE(chained.ok());
  EXPECT_EQ(chained.tail_chained, kLowInterrupt);
  EXPECT_EQ(chained.cycles, 6u);
  EXPECT_EQ(f.cpu.ipsr, kLowInterrupt);
  EXPECT_EQ(f.cpu.r[kPc], Fixture::handler(kLowInterrupt));
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFF9u);
  EXPECT_EQ(f.cpu.r[kSp], kTop - 32);
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.r[kPc], 0x08000400u);
  EXPECT_EQ(f.cpu.r[kSp], kTop);
}

TEST(Exceptions, ThreadsKeepTheirProcessStack) {
  Fixture f;
  f.cpu.control = kControlProcessStack | kControlUnprivileged;
  f.cpu.inactive_sp = kTop;  // the main stack
  f.cpu.r[kSp] = kRam + 0x800;
  ASSERT_TRUE(f.enter(kPendSv).ok());
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFFDu);
  EXPECT_EQ(f.cpu.r[kSp], kTop);
  EXPECT_EQ(f.cpu.inactive_sp, kRam + 0x800 - 32);
  EXPECT_FALSE(f.cpu.control & kControlProcessStack);
  // A context switch: another thread's frame.
  for (uint32_t i = 0; i < 8; ++i) f.poke(kRam + 0x400 + 4 * i, 500 + i);
  f.poke(kRam + 0x400 + 24, 0x08000700);
  f.poke(kRam + 0x400 + 28, 1u << 24);
  f.cpu.inactive_sp = kRam + 0x400;
  ASSERT_TRUE(f.leave().ok());
  EXPECT_EQ(f.cpu.r[0], 500u);
  EXPECT_EQ(f.cpu.r[kPc], 0x08000700u);
  EXPECT_EQ(f.cpu.r[kSp], kRam + 0x400 + 32);
  EXPECT_EQ(f.cpu.inactive_sp, kTop);
  EXPECT_EQ(f.cpu.control, kControlProcessStack | kControlUnprivileged);
}

TEST(Exceptions, FloatingPointFramesHaveTwentySixWords) {
  Fixture f;
  f.devices->write(0xE000ED88, 4, 0xF << 20);
  f.cpu.control = kControlFloat;
  f.cpu.fpscr = 0x60000010;
  for (uint32_t i = 0; i < 32; ++i) f.cpu.s[i] = 0x3F800000 + i;
  const CpuState before = f.cpu;
  const ExceptionOutcome entry = f.enter(kLowInterrupt);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry.cycles, 12u);  // lazy
  EXPECT_EQ(f.cpu.r[kLr], 0xFFFFFFE9u);
  EXPECT_EQ(f.cpu.r[kSp], kTop - 104);
  EXPECT_EQ(f.peek(kTop - 104), 100u);
  for (uint32_t i = 0; i < 16; ++i) EXPECT_EQ(f.peek(kTop - 72 + 4 * i), 0x3F800000 + i);
  EXPECT_EQ(f.peek(kTop - 8), 0x60000010u);
  EXPECT_EQ(f.devices->read(0xE000EF38, 4), kTop - 72);
  EXPECT_FALSE(f.cpu.control & kControlFloat);
  f.cpu.s.fill(0);
  std::copy_n(before.s.begin() + 16, 16, f.cpu.s.begin() + 16);  // the callee's to keep
  f.cpu.control |= kControlFloat;                                // the handler used the unit
  const ExceptionOutcome exit = f.leave();
  EXPECT_EQ(exit.cycles, 10u + 2 * 17);
  EXPECT_EQ(f.cpu.s, before.s);
  EXPECT_EQ(f.cpu.fpscr, before.fpscr);
  EXPECT_EQ(f.cpu.control, kControlFloat);
  EXPECT_EQ(f.cpu.r[kSp], kTop);

  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  EXPECT_EQ(f.leave().cycles, 10u);           // it did not
  f.devices->write(0xE000EF34, 4, 1u << 31);  // not lazy
  EXPECT_EQ(f.enter(kLowInterrupt).cycles, 12u + 17);
  EXPECT_EQ(f.leave().cycles, 10u + 17);
}

TEST(Exceptions, Armv8ReturnsSayTheSecurityState) {
  Fixture u5("nucleo-u575zi");
  ASSERT_TRUE(u5.enter(kLowInterrupt).ok());
  EXPECT_EQ(u5.cpu.r[kLr], 0xFFFFFFB8u);
  ASSERT_TRUE(u5.enter(kHighInterrupt).ok());
  EXPECT_EQ(u5.cpu.r[kLr], 0xFFFFFFB0u);
  ASSERT_TRUE(u5.leave().ok());
  u5.cpu.r[kLr] = 0xFFFFFFBC;  // a first thread, as small kernels start one
  u5.cpu.inactive_sp = kTop - 32;
  ASSERT_TRUE(u5.leave().ok());
  EXPECT_EQ(u5.cpu.control, kControlProcessStack);
}

TEST(Exceptions, TheVectorTableMoves) {
  Fixture f;
  f.devices->write(0xE000ED08, 4, kRam);
  f.poke(kRam + 4 * kSupervisorCall, 0x08002345);
  ASSERT_TRUE(f.enter(kSupervisorCall).ok());
  EXPECT_EQ(f.cpu.r[kPc], 0x08002344u);
}

TEST(Exceptions, WhatCannotBeDoneLeavesTheProcessorAlone) {
  Fixture f;
  f.cpu.r[kSp] = kRam + 8;
  const CpuState before = f.cpu;
  EXPECT_EQ(f.enter(kLowInterrupt).error, ExceptionError::kStacking);
  EXPECT_EQ(f.cpu.r, before.r);
  EXPECT_FALSE(f.devices->nvic().active(kLowInterrupt));
  f.cpu.r[kSp] = 0x08000800;  // flash
  EXPECT_EQ(f.enter(kLowInterrupt).error, ExceptionError::kStacking);
  f.devices->write(0xE000ED08, 4, 0xA0000000);
  EXPECT_EQ(f.enter(kLowInterrupt).error, ExceptionError::kVector);
}

TEST(Exceptions, BadReturnsAreFound) {
  Fixture f;
  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  for (uint32_t bad :
       {0xFFFFFFF1u, 0xFFFFFFF3u, 0xFFFFFFE9u, 0xFFFFFFF8u, 0xFFFFFFBCu, 0xFF000000u}) {
    f.cpu.r[kLr] = bad;
    EXPECT_EQ(f.leave().error, ExceptionError::kInvalidReturn) << std::hex << bad;
  }
  f.cpu.r[kLr] = 0xFFFFFFF9;
  f.cpu.r[kSp] = 0x60000000;
  EXPECT_EQ(f.leave().error, ExceptionError::kUnstacking);
  f.cpu.r[kSp] = kTop - 32;
  EXPECT_TRUE(f.leave().ok());
}

TEST(Exceptions, AStackedNumberBeyondTheLastExceptionIsNoActiveOne) {
  Fixture f;
  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  ASSERT_TRUE(f.enter(kHighInterrupt).ok());
  // Other bits of the interrupt controller, which are none of these exceptions' active bits.
  for (uint32_t number = 16; number < 256; ++number) f.devices->nvic().set_line(number, true);
  for (uint32_t number = 256; number < 512; ++number) {
    f.cpu.ipsr = number;
    EXPECT_EQ(f.leave().error, ExceptionError::kInvalidReturn) << number;
  }
}

TEST(Exceptions, SleepOnExitAndFaultmask) {
  Fixture f;
  f.devices->write(0xE000ED10, 4, 2);
  ASSERT_TRUE(f.enter(kLowInterrupt).ok());
  f.cpu.faultmask = 1;
  EXPECT_TRUE(f.leave().sleeps);
  EXPECT_EQ(f.cpu.faultmask, 0u);
}

TEST(Exceptions, FaultsEscalate) {
  Fixture f;
  EXPECT_EQ(escalate(kUsageFault, f.cpu, *f.devices), uint32_t{kHardFault});
  EXPECT_EQ(f.devices->read(0xE000ED2C, 4), 1u << 30);
  f.devices->write(0xE000ED24, 4, 1u << 18);
  EXPECT_EQ(escalate(kUsageFault, f.cpu, *f.devices), uint32_t{kUsageFault});
  f.cpu.primask = 1;
  EXPECT_EQ(escalate(kSupervisorCall, f.cpu, *f.devices), uint32_t{kHardFault});
  f.devices->nvic().activate(kHardFault);
  EXPECT_FALSE(escalate(kUsageFault, f.cpu, *f.devices));
}

TEST(Exceptions, EveryCoreHasItsTimes) {
  for (const std::string& name : board::core_names()) {
    const auto timing = exception_timing(board::load_core(name).value());
    ASSERT_TRUE(timing.has_value()) << name << ": " << timing.error().to_string();
    EXPECT_EQ(timing->entry, name == "cortex-m0plus" ? 15u : 12u);
  }
}

}  // namespace
}  // namespace thimble::sim
