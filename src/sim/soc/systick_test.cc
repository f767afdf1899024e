#include "sim/soc/systick.h"

#include <gtest/gtest.h>

namespace thimble::sim {
namespace {

constexpr uint32_t kCountFlag = 1u << 16;

SysTick started(uint32_t reload, uint32_t control, uint64_t now) {
  SysTick timer;
  timer.settle(now);
  timer.write(SysTick::kReload, reload);
  timer.write(SysTick::kValue, 1234);
  timer.write(SysTick::kControl, control);
  return timer;
}

TEST(SysTick, CountsDownFromTheReloadValueAfterOneCycle) {
  SysTick timer = started(99, 5, 1000);
  EXPECT_EQ(timer.read(SysTick::kValue), 0u);
  for (const auto& [now, value] : {std::pair{1001u, 99u},
                                   {1002u, 98u},
                                   {1099u, 1u},
                                   {1100u, 0u},
                                   {1101u, 99u},
                                   {1200u, 0u},
                                   {1350u, 50u}}) {
    timer.settle(now);
    EXPECT_EQ(timer.read(SysTick::kValue), value) << now;
  }
}

TEST(SysTick, PendsAtTheExactCycleAndOnlyWithItsInterruptEnabled) {
  SysTick timer = started(99, 7, 1000);
  EXPECT_EQ(timer.next_event(), 1100u);
  EXPECT_FALSE(timer.settle(1099));
  EXPECT_EQ(timer.next_event(), 1100u);
  EXPECT_TRUE(timer.settle(1100));
  EXPECT_FALSE(timer.settle(1100));
  EXPECT_EQ(timer.next_event(), 1200u);
  EXPECT_TRUE(timer.settle(1450));  // missed ones are one
  EXPECT_EQ(timer.next_event(), 1500u);
  SysTick silent = started(99, 5, 1000);
  EXPECT_EQ(silent.next_event(), UINT64_MAX);
  EXPECT_FALSE(silent.settle(5000));
}

TEST(SysTick, CountFlagIsClearedByReadingAndByWritingTheValue) {
  SysTick timer = started(9, 5, 0);
  timer.settle(9);
  EXPECT_EQ(timer.read(SysTick::kControl), 5u);
  timer.settle(10);
  EXPECT_EQ(timer.read(SysTick::kControl), 5u | kCountFlag);
  EXPECT_EQ(timer.read(SysTick::kControl), 5u);
  timer.settle(20);
  timer.write(SysTick::kValue, 0);
  EXPECT_EQ(timer.read(SysTick::kControl), 5u);
}

TEST(SysTick, ANewReloadValueCountsFromTheNextWrap) {
  SysTick timer = started(99, 7, 0);
  timer.settle(50);
  timer.write(SysTick::kReload, 9);
  EXPECT_EQ(timer.next_event(), 100u);
  timer.settle(100);
  EXPECT_EQ(timer.next_event(), 110u);
}

TEST(SysTick, TheExternalClockIsAnEighth) {
  SysTick timer = started(9, 3, 0);
  EXPECT_EQ(timer.next_event(), 80u);
  timer.settle(79);
  EXPECT_EQ(timer.read(SysTick::kValue), 1u);
  EXPECT_EQ(timer.next_event(), 80u);
}

TEST(SysTick, StoppedItKeepsItsValueAndNeverFires) {
  SysTick timer = started(99, 7, 0);
  timer.settle(40);
  timer.write(SysTick::kControl, 0);
  EXPECT_FALSE(timer.settle(4000));
  EXPECT_EQ(timer.read(SysTick::kValue), 60u);
  EXPECT_EQ(timer.next_event(), UINT64_MAX);
  timer.write(SysTick::kControl, 7);
  EXPECT_EQ(timer.next_event(), 4060u);
}

}  // namespace
}  // namespace thimble::sim
