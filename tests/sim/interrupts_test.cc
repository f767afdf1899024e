#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "test_machine.h"

namespace thimble::sim::testing {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> words(const Machine& machine, const std::string& symbol, uint32_t count) {
  std::vector<uint32_t> result;
  for (uint32_t i = 0; i < count; ++i) result.push_back(word_of(machine, symbol, i));
  return result;
}

std::vector<uint32_t> sequence(const Machine& machine) {
  return words(machine, "sequence", word_of(machine, "sequence_length", 0));
}

TEST(Interrupts, WakeTheCoreEveryPeriod) {
  THIMBLE_MACHINE(machine, "sleep_through_ticks", {.real_timing = true});
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  ASSERT_EQ(stop.kind, StopKind::kExit) << stop.to_string();
  const auto times = words(machine, "tick_times", 10);
  for (size_t i = 2; i < times.size(); ++i) EXPECT_EQ(times[i] - times[i - 1], 1000u) << i;
  // The core sleeps but for the handler and the loop around WFI.
  EXPECT_GT(machine.sleep_cycles(), 9u * 900);
  EXPECT_LT(machine.sleep_cycles(), machine.cycles());
}

TEST(Interrupts, SleepDoesNotEndWhenARunDoes) {
  THIMBLE_MACHINE(whole, "sleep_through_ticks", {.real_timing = true});
  ASSERT_EQ(whole.run({.max_cycles = 1'000'000}).kind, StopKind::kExit);
  THIMBLE_MACHINE(sliced, "sleep_through_ticks", {.real_timing = true});
  Stop stop;
  for (int slices = 0; slices < 1000; ++slices) {
    stop = sliced.run({.max_cycles = 170});
    if (stop.kind != StopKind::kCycleLimit) break;
  }
  ASSERT_EQ(stop.kind, StopKind::kExit) << stop.to_string();
  EXPECT_EQ(sliced.instructions(), whole.instructions());
  EXPECT_EQ(sliced.cycles(), whole.cycles());
  EXPECT_EQ(sliced.sleep_cycles(), whole.sleep_cycles());
}

TEST(Interrupts, ATickThatIsMaskedNeverWakes) {
  THIMBLE_MACHINE(machine, "sleep_behind_a_mask");
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  EXPECT_EQ(stop.kind, StopKind::kSleep) << stop.to_string();
  EXPECT_LT(machine.cycles(), 10'000u);
}

TEST(Interrupts, ComeBetweenAnyTwoInstructions) {
  THIMBLE_MACHINE(machine, "work_through_ticks", {.real_timing = true});
  ASSERT_EQ(machine.run({.max_cycles = 1'000'000}).kind, StopKind::kExit);
  const auto times = words(machine, "tick_times", 10);
  // No instruction of the loop is longer than four cycles.
  for (size_t i = 1; i < times.size(); ++i) EXPECT_NEAR(times[i] - times[i - 1], 1000, 4) << i;
  EXPECT_NEAR(times[9] - times[0], 9000, 4);
  EXPECT_EQ(machine.sleep_cycles(), 0u);
}

TEST(Interrupts, NestAndAreChainedByPriority) {
  THIMBLE_MACHINE(machine, "service_call_and_nesting");
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  ASSERT_EQ(stop.kind, StopKind::kExit) << stop.to_string();
  EXPECT_THAT(sequence(machine), ElementsAre(1, 11, 16, 12, 14, 2));
}

TEST(Interrupts, WaitWhileMasked) {
  THIMBLE_MACHINE(machine, "masked_interrupt");
  ASSERT_EQ(machine.run({.max_cycles = 1'000'000}).kind, StopKind::kExit);
  EXPECT_THAT(sequence(machine), ElementsAre(1, 16, 2));
}

TEST(Interrupts, KeepFloatRegisters) {
  THIMBLE_MACHINE(machine, "float_state_survives");
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  ASSERT_EQ(stop.kind, StopKind::kExit) << stop.to_string();
  float product = 0;
  const uint32_t bits = word_of(machine, "float_results", 0);
  std::memcpy(&product, &bits, sizeof(product));
  EXPECT_EQ(product, 6.0f);
  EXPECT_NE(word_of(machine, "float_results", 1), 0u);  // the handler ran
}

TEST(Interrupts, ACallThatCannotBeTakenIsReported) {
  THIMBLE_MACHINE(machine, "call_while_masked");
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  ASSERT_EQ(stop.kind, StopKind::kFault) << stop.to_string();
  EXPECT_NE(stop.to_string().find("call_while_masked"), std::string::npos) << stop.to_string();
}

struct Seen final : ExecutionObserver {
  void on_block(const ExecutedBlock& block) override {
    EXPECT_EQ(block.start_cycles, cycles);
    cycles = block.start_cycles + block.cycles;
    instructions += block.instructions;
  }
  void on_exception_entry(uint32_t number, uint64_t) override { entries.push_back(number); }
  void on_exception_return(uint64_t now) override {
    ++returns;
    cycles = now;
  }
  std::vector<uint32_t> entries;
  uint64_t cycles = 0;
  uint64_t instructions = 0;
  int returns = 0;
};

TEST(Observer, SeesEveryCycleAndInstruction) {
  THIMBLE_MACHINE(machine, "compute", {.real_timing = true, .flash_wait_states = 5});
  Seen seen;
  machine.set_observer(&seen);
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(seen.instructions, machine.instructions());
  EXPECT_EQ(seen.cycles, machine.cycles());
}

}  // namespace
}  // namespace thimble::sim::testing
