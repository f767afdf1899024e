// The small programs of tests/accuracy/programs.toml: read, assembled, run and timed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "tools/accuracy/fuzz/case.h"
#include "tools/accuracy/fuzz/simulators.h"
#include "tools/accuracy/target.h"

namespace thimble::accuracy {

// Cycles that one pass may take on a core, and why.
struct Window {
  double low = 0;
  double high = 0;
  std::string why;
};

struct Program {
  std::string name;
  std::string code;                       // assembly, one pass
  std::map<std::string, Window> windows;  // by core; it runs on no other
};

struct ProgramSuite {
  std::map<std::string, std::string> sources;  // what the first word of `why` stands for
  std::vector<Program> programs;
};

// Errors: kMalformed (with the line), kNotFound, kIo.
base::Result<ProgramSuite> load_programs(const std::filesystem::path& path);

// A program as straight-line code: some passes to begin with, then those that are timed.
struct AssembledProgram {
  const Program* program = nullptr;  // belongs to the suite
  Case test;
  uint32_t timed_begin = 0;  // offsets in the code
  uint32_t timed_end = 0;
  static constexpr int kTimedPasses = 64;
};

// Those of the programs that have a window for this core, assembled by the cross compiler.
// Errors: kNotFound (no cross compiler), kToolFailed (its message).
base::Result<std::vector<AssembledProgram>> assemble(const ProgramSuite& suite,
                                                     const Target& target);

// Cycles of one pass on our simulated core. Errors: kFault.
base::Result<double> cycles_per_pass(const Simulators& simulators, const AssembledProgram& program);

// Cycles of one pass by llvm-mca 19, or nothing if it is not installed, has no model of the core,
// or cannot read the program.
base::Result<std::optional<double>> llvm_mca_cycles(const Program& program, const Target& target);

}  // namespace thimble::accuracy
