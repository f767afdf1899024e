// Every program of programs.toml takes as many cycles as the manual (or a measurement) allows, on
// every core that has a window for it.
#include "tools/accuracy/programs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace thimble::accuracy {
namespace {

class CyclesOfPrograms : public testing::TestWithParam<std::string> {};

TEST_P(CyclesOfPrograms, LieInTheWindow) {
  // The first and last pass of the timed ones may overlap with their neighbours.
  constexpr double kTolerance = 2.0 / AssembledProgram::kTimedPasses;
  const char* root = std::getenv("THIMBLE_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  const auto suite = load_programs(std::filesystem::path(root) / "tests/accuracy/programs.toml");
  ASSERT_TRUE(suite) << suite.error().to_string();
  const auto target = find_target(GetParam());
  ASSERT_TRUE(target);
  const auto simulators = Simulators::create(*target);
  ASSERT_TRUE(simulators) << simulators.error().to_string();
  const auto programs = assemble(*suite, *target);
  ASSERT_TRUE(programs) << programs.error().to_string();
  EXPECT_GE(programs->size(), 20u);
  for (const AssembledProgram& program : *programs) {
    SCOPED_TRACE(program.program->name);
    const Window& window = program.program->windows.at(target->core);
    const auto cycles = cycles_per_pass(*simulators, program);
    ASSERT_TRUE(cycles) << cycles.error().to_string();
    EXPECT_GE(*cycles, window.low - kTolerance) << window.why;
    EXPECT_LE(*cycles, window.high + kTolerance) << window.why;
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, CyclesOfPrograms,
                         testing::Values("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7",
                                         "cortex-m33"),
                         [](const auto& info) { return info.param.substr(7); });

}  // namespace
}  // namespace thimble::accuracy
