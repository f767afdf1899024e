#include "sim/soc/nvic.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

constexpr uint32_t kFirst = kFirstInterrupt + 3;
constexpr uint32_t kSecond = kFirstInterrupt + 40;

Nvic with_two_interrupts(uint32_t first_priority, uint32_t second_priority) {
  Nvic nvic(4, true);
  nvic.write(0xE000E100, 1u << 3);
  nvic.write(0xE000E104, 1u << 8);
  nvic.set_priority(kFirst, first_priority);
  nvic.set_priority(kSecond, second_priority);
  return nvic;
}

TEST(Nvic, TakesNothingThatIsNotBothPendingAndEnabled) {
  Nvic nvic(4, true);
  CpuState cpu;
  nvic.set_pending(kFirst);
  EXPECT_FALSE(nvic.take(cpu));
  nvic.write(0xE000E100, 1u << 3);
  EXPECT_EQ(nvic.take(cpu), kFirst);
  nvic.write(0xE000E180, 1u << 3);
  EXPECT_FALSE(nvic.take(cpu));
  EXPECT_EQ(nvic.read(0xE000E200), 1u << 3);
  nvic.write(0xE000E280, 1u << 3);
  EXPECT_EQ(nvic.read(0xE000E200), 0u);
}

TEST(Nvic, TheLowerPriorityValueWinsAndThenTheLowerNumber) {
  CpuState cpu;
  Nvic nvic = with_two_interrupts(0x50, 0x40);
  nvic.set_pending(kFirst);
  nvic.set_pending(kSecond);
  EXPECT_EQ(nvic.take(cpu), kSecond);
  nvic.set_priority(kSecond, 0x50);
  EXPECT_EQ(nvic.take(cpu), kFirst);
}

TEST(Nvic, OnlyTheImplementedPriorityBitsAreKept) {
  Nvic nvic(3, true);
  nvic.write(0xE000E400, 0x12FF3456);
  EXPECT_EQ(nvic.read(0xE000E400), 0x00E02040u);
}

TEST(Nvic, NestsByGroupPriorityOnly) {
  CpuState cpu;
  Nvic nvic = with_two_interrupts(0x60, 0x40);
  nvic.activate(kFirst);
  nvic.set_pending(kSecond);
  EXPECT_EQ(nvic.take(cpu), kSecond);
  nvic.set_priority_group(6);  // bit 7 alone tells groups apart
  EXPECT_FALSE(nvic.take(cpu));
  nvic.deactivate(kFirst);
  EXPECT_EQ(nvic.take(cpu), kSecond);
}

TEST(Nvic, MasksHoldBackButWakeStillSeesThroughPrimask) {
  Nvic nvic = with_two_interrupts(0x60, 0x40);
  nvic.set_pending(kFirst);
  CpuState cpu;
  cpu.primask = 1;
  EXPECT_FALSE(nvic.take(cpu));
  EXPECT_TRUE(nvic.wakes(cpu));
  cpu = {};
  cpu.basepri = 0x60;
  EXPECT_FALSE(nvic.take(cpu));
  EXPECT_FALSE(nvic.wakes(cpu));
  cpu.basepri = 0x70;
  EXPECT_EQ(nvic.take(cpu), kFirst);
  nvic.set_pending(kNmi);
  cpu.faultmask = 1;
  EXPECT_EQ(nvic.take(cpu), uint32_t{kNmi});
}

TEST(Nvic, ALineThatStaysHighPendsAgainAfterTheHandler) {
  CpuState cpu;
  Nvic nvic = with_two_interrupts(0, 0);
  nvic.set_line(kFirst, true);
  nvic.activate(kFirst);
  EXPECT_FALSE(nvic.pending(kFirst));
  nvic.deactivate(kFirst);
  EXPECT_TRUE(nvic.pending(kFirst));
  nvic.activate(kFirst);
  nvic.set_line(kFirst, false);
  nvic.deactivate(kFirst);
  EXPECT_FALSE(nvic.take(cpu));
}

}  // namespace
}  // namespace thimble::sim
