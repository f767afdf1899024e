// Inclusive statistics of functions; the instructions are counted by hand in firmware/calls.S.
#include "test_machine.h"

namespace thimble::sim::testing {
namespace {

const FunctionStatistics& watched(const Machine& machine, const base::Result<WatchId>& id) {
  return machine.statistics(id.value());
}

TEST(Watch, CountsCalleesAndTailCalls) {
  THIMBLE_MACHINE(machine, "call_scenario");
  const auto leaf = machine.watch_function("leaf");
  const auto twice = machine.watch_function("calls_leaf_twice");
  const auto tail = machine.watch_function("tail_calls_leaf");
  EXPECT_EQ(machine.watch_function("leaf").value(), leaf.value());
  EXPECT_EQ(machine.watch_function("no_such_function").error().code, base::ErrorCode::kNotFound);
  ASSERT_EQ(machine.run().kind, StopKind::kExit);

  EXPECT_EQ(watched(machine, leaf).calls, 4u);
  EXPECT_EQ(watched(machine, leaf).instructions, 4 * 3u);
  EXPECT_EQ(watched(machine, leaf).cycles, 4 * (3u + 2));
  EXPECT_EQ(watched(machine, twice).calls, 1u);
  EXPECT_EQ(watched(machine, twice).instructions, 10u);
  EXPECT_EQ(watched(machine, twice).cycles, 10u + 5 * 2);  // five branches taken
  EXPECT_EQ(watched(machine, tail).calls, 1u);
  EXPECT_EQ(watched(machine, tail).instructions, 5u);
  EXPECT_EQ(watched(machine, tail).cycles, 5u + 2 * 2);
}

TEST(Watch, RecursionCountsItsTimeOnce) {
  THIMBLE_MACHINE(machine, "recursion_scenario");
  const auto id = machine.watch_function("recursive");
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(watched(machine, id).calls, 7u);
  EXPECT_EQ(watched(machine, id).instructions, 6 * 5 + 3u);
}

TEST(Watch, ALoopAtTheEntryIsOneCall) {
  THIMBLE_MACHINE(machine, "loop_scenario");
  const auto id = machine.watch_function("loop_at_entry");
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(watched(machine, id).calls, 1u);
  EXPECT_EQ(watched(machine, id).instructions, 4 * 2 + 1u);
}

TEST(Watch, TimeBeforeWatchingDoesNotCount) {
  THIMBLE_MACHINE(machine, "call_scenario");
  ASSERT_TRUE(machine.add_breakpoint("tail_calls_leaf"));
  ASSERT_EQ(machine.run().kind, StopKind::kBreakpoint);
  const auto leaf = machine.watch_function("leaf");
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(watched(machine, leaf).calls, 2u);
}

TEST(Watch, LimitsAndBreakpointsInsideDoNotChangeIt) {
  THIMBLE_MACHINE(whole, "call_scenario");
  const auto id = whole.watch_function("calls_leaf_twice");
  ASSERT_EQ(whole.run().kind, StopKind::kExit);
  THIMBLE_MACHINE(parts, "call_scenario");
  ASSERT_TRUE(parts.add_breakpoint("leaf"));
  ASSERT_TRUE(parts.watch_function("calls_leaf_twice"));
  int stops = 0;
  for (Stop stop = parts.run({.max_cycles = 3}); stop.kind != StopKind::kExit;
       stop = parts.run({.max_cycles = 3})) {
    ASSERT_NE(stop.kind, StopKind::kFault) << stop.to_string() << "\n" << stop.fault->details();
    ++stops;
  }
  EXPECT_GT(stops, 10);
  EXPECT_EQ(watched(parts, id).cycles, watched(whole, id).cycles);
  EXPECT_EQ(watched(parts, id).instructions, watched(whole, id).instructions);
  EXPECT_EQ(watched(parts, id).calls, 1u);
}

}  // namespace
}  // namespace thimble::sim::testing
