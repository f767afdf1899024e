// A Profile, instruction by instruction and line by line.
//
// The simulator charges blocks. A block's cycles are divided among its instructions in proportion
// to what the pipeline model gives each of them when the block runs alone: the time of the block up
// to and including an instruction, less the time up to the one before. Stalls are divided in the
// same proportion. Rounding goes from one instruction to the next, so the sum is exactly the
// block's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/profile/profiler.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

// Fills `bytes` from the program's memory; false: there is none.
using CodeReader = std::function<bool(uint32_t address, std::span<std::byte> bytes)>;

struct InstructionCost {
  uint32_t address = 0;
  size_t function = 0;  // of the Profile
  uint64_t executions = 0;
  Cost cost;
};

// Sorted by function, then address; each address once for a function. Code that cannot be read any
// more is one instruction a block.
std::vector<InstructionCost> instruction_costs(const Profile& profile, PipelineModel& pipeline,
                                               const CodeReader& read_code);

struct LineCost {
  std::optional<SourceLine> line;  // nullopt: code without debug information
  Cost cost;
};

// Most expensive first.
std::vector<LineCost> line_costs(const Elf& elf, std::span<const InstructionCost> instructions);

}  // namespace thimble::sim
