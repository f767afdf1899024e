#include "sim/machine.h"

#include "test_machine.h"

namespace thimble::sim::testing {
namespace {

TEST(Machine, RunsToTheEndWithDataInPlace) {
  THIMBLE_MACHINE(machine, "check_data");
  const Stop stop = machine.run();
  EXPECT_EQ(stop.kind, StopKind::kExit) << stop.to_string();
  EXPECT_EQ(stop.exit_code, 0);
  EXPECT_EQ(word_of(machine, "results", 0), 0x12345678u);
}

TEST(Machine, SemihostingExitsAndPrints) {
  THIMBLE_MACHINE(failing, "exit_with_failure");
  EXPECT_EQ(failing.run().exit_code, 1);
  THIMBLE_MACHINE(coded, "exit_with_code");
  EXPECT_EQ(coded.run().exit_code, 42);
  THIMBLE_MACHINE(printing, "print");
  EXPECT_EQ(printing.run().kind, StopKind::kExit);
  EXPECT_EQ(printing.output(), "hello, world\n");
  EXPECT_EQ(word_of(printing, "results", 0), 0xFFFFFFFFu);
}

TEST(Machine, BreakInstructionAndSleepStopAndGoOn) {
  THIMBLE_MACHINE(breaking, "stop_twice");
  Stop stop = breaking.run();
  EXPECT_EQ(stop.kind, StopKind::kBreakInstruction);
  EXPECT_EQ(stop.where.function, "stop_twice");
  EXPECT_EQ(word_of(breaking, "results", 0), 1u);
  EXPECT_EQ(breaking.run().kind, StopKind::kBreakInstruction);
  EXPECT_EQ(word_of(breaking, "results", 0), 2u);
  EXPECT_EQ(breaking.run().kind, StopKind::kExit);
  for (const char* scenario : {"wait_forever", "wait_for_event"}) {
    THIMBLE_MACHINE(sleeping, scenario);
    stop = sleeping.run();
    EXPECT_EQ(stop.kind, StopKind::kSleep) << stop.to_string();
    EXPECT_EQ(stop.where.function, scenario);
    EXPECT_EQ(sleeping.run().kind, StopKind::kExit);
  }
}

TEST(Machine, BreakpointsStopBeforeAndMemoryCanBeReplaced) {
  THIMBLE_MACHINE(machine, "check_data");
  ASSERT_TRUE(machine.add_breakpoint("check_data"));
  ASSERT_TRUE(machine.add_breakpoint("check_data"));
  EXPECT_EQ(machine.add_breakpoint(0x60000000).error().code, base::ErrorCode::kInvalidArgument);
  const Stop stop = machine.run();
  ASSERT_EQ(stop.kind, StopKind::kBreakpoint);
  EXPECT_EQ(stop.address(), machine.symbol_address("check_data").value());
  EXPECT_EQ(machine.register_value(kPc), stop.address());
  const uint32_t replaced = 77;
  ASSERT_TRUE(machine.write_memory(machine.symbol_address("initialized").value(),
                                   std::as_bytes(std::span(&replaced, 1))));
  EXPECT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(machine, "results", 0), 77u);
}

TEST(Machine, ReplacedFlashIsExecutedAndTimedAnew) {
  THIMBLE_MACHINE(machine, "call_scenario");
  ASSERT_TRUE(machine.add_breakpoint("tail_calls_leaf"));
  const auto leaf = machine.watch_function("leaf");
  ASSERT_EQ(machine.run().kind, StopKind::kBreakpoint);
  EXPECT_EQ(machine.statistics(*leaf).instructions, 2 * 3u);
  const uint16_t return_at_once = 0x4770;  // bx lr
  ASSERT_TRUE(machine.write_memory(machine.symbol_address("leaf").value(),
                                   std::as_bytes(std::span(&return_at_once, 1))));
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(machine.statistics(*leaf).instructions, 2 * 3u + 2 * 1u);
}

TEST(Machine, StackDepthIsSeenInThePaint) {
  THIMBLE_MACHINE(machine, "use_stack");
  const uint32_t low = kRamBase;
  const uint32_t high = kRamBase + kStackBytes;
  EXPECT_EQ(machine.high_water_bytes(low, high).value(), 0u);
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  const uint32_t used = machine.high_water_bytes(low, high).value();
  EXPECT_GE(used, 1000u);
  EXPECT_LE(used, 1024u);
  EXPECT_FALSE(machine.high_water_bytes(0x1000, 0x2000));
}

TEST(Machine, CycleCounterIsExactWithinABlock) {
  THIMBLE_MACHINE(machine, "counter_scenario");
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(machine, "counter_results", 0), 10u);
  // LDR and BL, 12 instructions, and two taken branches.
  EXPECT_EQ(word_of(machine, "counter_results", 1), 2 + 12 + 2 * 2u);
}

TEST(Machine, PeripheralsStoreAndSystickCounts) {
  THIMBLE_MACHINE(machine, "peripheral");
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(machine, "results", 0), 0xA1B2C3D4u);
  EXPECT_EQ(word_of(machine, "results", 1), 0xB2u);
  EXPECT_EQ(word_of(machine, "results", 2), 0xA1B255D4u);
  EXPECT_EQ(word_of(machine, "results", 3), 0u);
  THIMBLE_MACHINE(ticking, "systick");
  ASSERT_EQ(ticking.run().kind, StopKind::kExit);
  EXPECT_LE(word_of(ticking, "results", 0), 99u);
  EXPECT_EQ(word_of(ticking, "results", 1), 5u | 1u << 16);
}

TEST(Machine, RewrittenCodeInRamRunsAndIsTimed) {
  THIMBLE_MACHINE(machine, "self_modifying");
  const uint32_t code = machine.symbol_address("ram_code").value();
  const WatchId id = machine.watch_function(code);
  ASSERT_EQ(machine.run().kind, StopKind::kExit);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(word_of(machine, "results", i), 10 + i);
  EXPECT_EQ(machine.statistics(id).calls, 4u);
  EXPECT_EQ(machine.statistics(id).instructions, 4 * 3u);
}

TEST(Machine, FloatAndDspInstructionsOfTheCores) {
  THIMBLE_MACHINE(m4, "float_enabled");
  EXPECT_EQ(m4.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(m4, "results", 0), 3u);
  THIMBLE_MACHINE(m4_dsp, "dsp");
  EXPECT_EQ(m4_dsp.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(m4_dsp, "results", 0), 28u);
  THIMBLE_MACHINE(m7, "double_enabled", {.firmware = "m7", .core = "cortex-m7"});
  EXPECT_EQ(m7.run().kind, StopKind::kExit);
  EXPECT_EQ(word_of(m7, "results", 0), 3u);
}

TEST(Machine, DoublePrecisionIsUndefinedOnAnM4) {
  THIMBLE_MACHINE(machine, "double_enabled", {.firmware = "m7"});
  const Stop stop = machine.run();
  ASSERT_EQ(stop.kind, StopKind::kFault);
  EXPECT_EQ(stop.fault->kind, FaultKind::kUndefinedInstruction);
}

class TimingTest : public ::testing::TestWithParam<const char*> {
 protected:
  MachineOptions options(uint32_t wait_states) const {
    const std::string core = GetParam();
    return {.firmware = core == "cortex-m7" ? "m7" : "m4",
            .core = core,
            .real_timing = true,
            .flash_wait_states = wait_states};
  }
};

TEST_P(TimingTest, TwoRunsAgreeAndCutsDoNotMatter) {
  THIMBLE_MACHINE(first, "compute", options(5));
  const auto first_id = first.watch_function("dot");
  ASSERT_EQ(first.run().kind, StopKind::kExit);
  EXPECT_GT(first.cycles(), first.instructions() / 2);

  THIMBLE_MACHINE(second, "compute", options(5));
  ASSERT_EQ(second.run().kind, StopKind::kExit);
  EXPECT_EQ(second.cycles(), first.cycles());
  EXPECT_EQ(second.instructions(), first.instructions());

  // Breakpoints in the middle of blocks and limits cut blocks elsewhere.
  THIMBLE_MACHINE(cut, "compute", options(5));
  const auto cut_id = cut.watch_function("dot");
  const Symbol& dot = *cut.elf().find_symbol("dot");
  for (uint32_t offset : {8u, 14u, dot.size_bytes - 6})
    ASSERT_TRUE(cut.add_breakpoint(dot.address + offset));
  int stops = 0;
  for (Stop stop = cut.run({.max_cycles = 1000}); stop.kind != StopKind::kExit;
       stop = cut.run({.max_cycles = 1000})) {
    ASSERT_NE(stop.kind, StopKind::kFault) << stop.to_string();
    ++stops;
  }
  EXPECT_GT(stops, 500);
  EXPECT_EQ(cut.instructions(), first.instructions());
  // But for what the prefetch of lines that were never seen before hides, which is estimated from
  // the length of the block.
  constexpr double kColdLines = 8;
  EXPECT_NEAR(static_cast<double>(cut.cycles()), static_cast<double>(first.cycles()), kColdLines);
  EXPECT_NEAR(static_cast<double>(cut.statistics(*cut_id).cycles),
              static_cast<double>(first.statistics(*first_id).cycles), kColdLines);
}

TEST_P(TimingTest, WaitStatesCost) {
  THIMBLE_MACHINE(fast, "compute", options(0));
  THIMBLE_MACHINE(slow, "compute", options(5));
  ASSERT_EQ(fast.run().kind, StopKind::kExit);
  ASSERT_EQ(slow.run().kind, StopKind::kExit);
  EXPECT_EQ(fast.instructions(), slow.instructions());
  // 8 rounds over 32 KiB of weights in lines of 16 bytes, at 5 wait states, and little code.
  const uint64_t data_stalls = 8 * 2048 * 5;
  EXPECT_GE(slow.cycles() - fast.cycles(), data_stalls);
  EXPECT_LE(slow.cycles() - fast.cycles(), data_stalls * 102 / 100);
}

INSTANTIATE_TEST_SUITE_P(Cores, TimingTest, ::testing::Values("cortex-m4", "cortex-m7"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

TEST(MachineCreate, SaysWhatDoesNotFit) {
  THIMBLE_NEED_FIRMWARE();
  board::Board board = small_board();
  board.memories[0].size_bytes = 16 << 10;
  auto machine = Machine::create(board, core("cortex-m4"), Elf::load(firmware("m4")).value(),
                                 std::make_unique<PlainModel>());
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().code, base::ErrorCode::kDoesNotFit);
  EXPECT_NE(machine.error().message.find("exceeds flash of small by"), std::string::npos)
      << machine.error().message;

  board = small_board();
  board.memories[1].size_bytes = 4 << 10;
  machine = Machine::create(board, core("cortex-m4"), Elf::load(firmware("m4")).value(),
                            std::make_unique<PlainModel>());
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().code, base::ErrorCode::kDoesNotFit);

  board = small_board();
  board.memories[1].base = kFlashBase + 1024;
  machine = Machine::create(board, core("cortex-m4"), Elf::load(firmware("m4")).value(),
                            std::make_unique<PlainModel>());
  EXPECT_EQ(machine.error().code, base::ErrorCode::kUnsupported);
  machine = Machine::create(small_board(), core("cortex-a8"), Elf::load(firmware("m4")).value(),
                            std::make_unique<PlainModel>());
  EXPECT_EQ(machine.error().code, base::ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace thimble::sim::testing
