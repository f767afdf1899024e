// The rules of an in-order pipeline, one instruction at a time (docs/timing.md lists them).
#pragma once

#include <compare>
#include <cstdint>

#include "sim/timing/core_table.h"
#include "sim/timing/fetch_queue.h"
#include "sim/timing/instruction.h"

namespace thimble::sim {

// All that the cost of the next instruction depends on.
struct PipelineSituation {
  FetchQueue queue;
  RegisterSet results = 0;            // written by the previous instruction ...
  RegisterSet base_update = 0;        // ... and by its write-back
  bool load_pending = false;          // the previous instruction is a single load
  bool register_offset_load = false;  // and its address was [register, register]
  bool after_store = false;           // the previous instruction is a store with constant offset
  uint8_t if_then_left = 0;           // instructions that the current IT block still covers

  auto operator<=>(const PipelineSituation&) const = default;
};

class Pipeline {
 public:
  explicit Pipeline(const CoreTable& table);

  const PipelineSituation& after_branch() const { return after_branch_; }

  // True when the instruction may go either way: a conditional branch, or any branch in an IT
  // block.
  static bool may_fall_through(const PipelineSituation& situation, const Instruction& instruction);

  // Executes the instruction at `address`; returns its cycles, stalls included. `taken` matters
  // only for a branch that may fall through.
  uint32_t execute(PipelineSituation& situation, const Instruction& instruction, uint32_t address,
                   bool taken) const;

 private:
  uint32_t own_cycles(const PipelineSituation& situation, const Instruction& instruction) const;
  uint32_t taken_cycles(InstructionClass kind) const;
  uint32_t stall_cycles(const PipelineSituation& situation, const Instruction& instruction) const;
  bool hides_load(const PipelineSituation& situation, const Instruction& instruction) const;

  CoreTable table_;
  PipelineSituation after_branch_;
};

}  // namespace thimble::sim
