#include "sim/soc/peripherals/timer.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

constexpr uint32_t kBase = 0x40000C00;
constexpr uint32_t kControl = kBase, kInterruptEnable = kBase + 0x0C, kStatus = kBase + 0x10,
                   kEvent = kBase + 0x14, kCounter = kBase + 0x24, kPrescaler = kBase + 0x28,
                   kReload = kBase + 0x2C;

TEST(Timer, CountsMicrosecondsBehindBothPrescalers) {
  Timer timer({kBase, 50, 0xFFFFFFFF});
  timer.settle(1000, 8);
  timer.write(kPrescaler, 14);
  timer.write(kEvent, 1);
  timer.write(kControl, 1);
  timer.settle(1000 + 119, 8);
  EXPECT_EQ(timer.read(kCounter), 0u);
  timer.settle(1000 + 120, 8);
  EXPECT_EQ(timer.read(kCounter), 1u);
  timer.settle(1000 + 120'000'000, 8);
  EXPECT_EQ(timer.read(kCounter), 1'000'000u);
}

TEST(Timer, PrescalerTakesEffectWithTheUpdate) {
  Timer timer({kBase, 50, 0xFFFFFFFF});
  timer.write(kReload, 9);
  timer.write(kControl, 1);
  timer.write(kPrescaler, 1);
  timer.settle(9, 1);
  EXPECT_EQ(timer.read(kCounter), 9u);
  timer.settle(10, 1);
  EXPECT_EQ(timer.read(kCounter), 0u);
  timer.settle(14, 1);
  EXPECT_EQ(timer.read(kCounter), 2u);
}

TEST(Timer, InterruptsAtEachUpdate) {
  Timer timer({kBase, 50, 0xFFFF});
  timer.write(kReload, 99);
  timer.write(kInterruptEnable, 1);
  timer.write(kControl, 1);
  EXPECT_EQ(timer.next_event(), 100u);
  timer.settle(99, 1);
  EXPECT_FALSE(timer.interrupt_line());
  timer.settle(100, 1);
  EXPECT_TRUE(timer.interrupt_line());
  timer.write(kStatus, ~1u);
  EXPECT_FALSE(timer.interrupt_line());
  EXPECT_EQ(timer.next_event(), 200u);
}

TEST(Timer, OnePulseStopsTheCounter) {
  Timer timer({kBase, 50, 0xFFFF});
  timer.write(kReload, 9);
  timer.write(kControl, 1u | 1u << 3);
  timer.settle(500, 1);
  EXPECT_EQ(timer.read(kCounter), 0u);
  EXPECT_EQ(timer.read(kControl) & 1, 0u);
  EXPECT_EQ(timer.read(kStatus) & 1, 1u);
}

TEST(Timer, SixteenBitsWrap) {
  Timer timer({kBase, 50, 0xFFFF});
  timer.write(kControl, 1);
  timer.settle(0x12345, 1);
  EXPECT_EQ(timer.read(kCounter), 0x2345u);
}

}  // namespace
}  // namespace thimble::sim
