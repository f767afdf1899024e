// Every kind of fault ends the run and names the function and the line.
#include <fstream>

#include "test_machine.h"
#include "tests/support/shared_data.h"

namespace thimble::sim::testing {
namespace {

// The line of scenarios.cc that carries "// at: name"; 0: none.
int line_marked(const std::string& name) {
  std::ifstream source(thimble::testing::source_dir() / "tests/sim/firmware/scenarios.cc");
  std::string text;
  for (int line = 1; std::getline(source, text); ++line)
    if (text.ends_with("// at: " + name)) return line;
  return 0;
}

struct Case {
  std::string scenario;
  FaultKind kind;
  uint32_t address;  // 0: not checked
};

class FaultTest : public ::testing::TestWithParam<Case> {};

TEST_P(FaultTest, NamesFunctionAndLine) {
  THIMBLE_MACHINE(machine, GetParam().scenario);
  const Stop stop = machine.run({.max_cycles = 1'000'000});
  ASSERT_EQ(stop.kind, StopKind::kFault) << stop.to_string();
  const Fault& fault = *stop.fault;
  EXPECT_EQ(fault.kind, GetParam().kind) << fault.to_string();
  if (GetParam().address != 0) {
    EXPECT_EQ(fault.address, GetParam().address) << fault.to_string();
  }
  EXPECT_EQ(fault.where.function, GetParam().scenario);
  ASSERT_TRUE(fault.where.line);
  EXPECT_TRUE(fault.where.line->file.ends_with("scenarios.cc"));
  EXPECT_EQ(fault.where.line->line, line_marked(GetParam().scenario)) << fault.to_string();
  EXPECT_EQ(machine.run({.max_cycles = 10}).to_string(), stop.to_string());
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultTest,
    ::testing::Values(Case{"unmapped_read", FaultKind::kUnmappedRead, 0x60000010},
                      Case{"unmapped_write", FaultKind::kUnmappedWrite, 0x60000010},
                      Case{"null_read", FaultKind::kUnmappedRead, 8},
                      Case{"flash_write", FaultKind::kWriteToFlash, 0x08000100},
                      Case{"bad_jump", FaultKind::kUnmappedFetch, 0x60000010},
                      Case{"jump_into_peripheral", FaultKind::kUnmappedFetch, 0x40000000},
                      Case{"undefined", FaultKind::kUndefinedInstruction, 0},
                      Case{"unaligned", FaultKind::kUnaligned, 0},
                      Case{"overflow_stack", FaultKind::kStackOverflow, 0},
                      Case{"float_disabled", FaultKind::kFpuDisabled, 0}),
    [](const auto& test) { return test.param.scenario; });

TEST(Fault, EvenJumpNamesTheJump) {
  THIMBLE_MACHINE(machine, "even_jump");
  const Stop stop = machine.run();
  ASSERT_EQ(stop.kind, StopKind::kFault) << stop.to_string();
  EXPECT_EQ(stop.fault->kind, FaultKind::kInvalidState);
  EXPECT_EQ(stop.fault->address, 0x08000100u);
  EXPECT_EQ(stop.fault->where.function, "even_jump");
  EXPECT_EQ(stop.fault->where.line->line, line_marked("even_jump"));
}

TEST(Fault, StackOverflowListsTheRecursion) {
  THIMBLE_MACHINE(machine, "overflow_stack");
  const Stop stop = machine.run();
  ASSERT_EQ(stop.kind, StopKind::kFault);
  EXPECT_LT(stop.fault->address, kRamBase);
  ASSERT_FALSE(stop.fault->callers.empty());
  EXPECT_EQ(stop.fault->callers[0].function, "overflow_stack");
  EXPECT_NE(stop.fault->details().find("called from overflow_stack"), std::string::npos);
}

TEST(Fault, ThePartWithoutFpuCannotEnableIt) {
  THIMBLE_MACHINE(machine, "float_enabled", {.fpu = false});
  const Stop stop = machine.run();
  ASSERT_EQ(stop.kind, StopKind::kFault);
  EXPECT_EQ(stop.fault->kind, FaultKind::kFpuDisabled);
  EXPECT_EQ(stop.fault->where.function, "float_enabled");
}

TEST(Fault, EndlessLoopEndsAtTheLimitAndIsNamed) {
  THIMBLE_MACHINE(machine, "endless");
  const Stop stop = machine.run({.max_cycles = 10'000});
  EXPECT_EQ(stop.kind, StopKind::kCycleLimit);
  EXPECT_EQ(stop.where.function, "endless");
  EXPECT_GE(machine.cycles(), 10'000u);
  EXPECT_LT(machine.cycles(), 10'100u);
  EXPECT_NE(stop.to_string().find("endless ("), std::string::npos) << stop.to_string();
}

}  // namespace
}  // namespace thimble::sim::testing
