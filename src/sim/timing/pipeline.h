// The rules of an in-order pipeline, one instruction at a time (docs/timing.md lists them).
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "sim/timing/core_table.h"
#include "sim/timing/fetch_queue.h"
#include "sim/timing/instruction.h"

namespace thimble::sim {

// The previous instruction, while a younger one may still be issued in its cycle.
struct OpenPair {
  bool open = false;
  bool narrow = false;
  bool constant_offset = false;
  uint8_t bank = 0;
  InstructionClass kind = InstructionClass::kDataProcessing;
  RegisterSet address = 0;

  auto operator<=>(const OpenPair&) const = default;
};

// All that the cost of the next instruction depends on.
struct PipelineSituation {
  FetchQueue queue;
  uint8_t if_then_left = 0;  // instructions that the current IT block still covers

  // For the rules between neighbours (rules 2 to 5).
  RegisterSet results = 0;            // written by the previous instruction ...
  RegisterSet base_update = 0;        // ... and by its write-back
  bool load_pending = false;          // the previous instruction is a single load
  bool register_offset_load = false;  // and its address was [register, register]
  bool after_store = false;           // the previous instruction is a store with constant offset

  // For result latencies and pairs (rules 11 to 14). Times count from the next cycle in which
  // nothing has been issued yet: a younger instruction of the open pair runs at -1.
  std::array<int8_t, kRegisterCount> ready{};  // when each register can be used
  RegisterSet loaded_words = 0;                // of those not long ready: by the load of a word,
  RegisterSet float_accumulated = 0;           // by a floating-point multiply-accumulate
  uint8_t float_busy = 0;                      // until another float instruction can be issued
  OpenPair pair;

  auto operator<=>(const PipelineSituation&) const = default;
};

class Pipeline {
 public:
  explicit Pipeline(const CoreTable& table);

  const PipelineSituation& after_branch() const { return after_branch_; }

  // True when the instruction may go either way: a conditional branch, or any branch in an IT
  // block.
  static bool may_fall_through(const PipelineSituation& situation, const Instruction& instruction);

  // How many cycles fewer the instruction takes when its condition fails; the stall after a load is
  // taken to be among them.
  uint32_t skipped_saving(const Instruction& instruction) const;

  // Executes the instruction at `address`; returns its cycles, stalls included. `taken` matters
  // only for a branch that may fall through.
  uint32_t execute(PipelineSituation& situation, const Instruction& instruction, uint32_t address,
                   bool taken) const;

 private:
  uint32_t own_cycles(const PipelineSituation& situation, const Instruction& instruction,
                      bool leaves) const;
  uint32_t taken_cycles(const PipelineSituation& situation, const Instruction& instruction) const;

  uint32_t neighbour_stall(const PipelineSituation& situation,
                           const Instruction& instruction) const;
  bool hides_load(const PipelineSituation& situation, const Instruction& instruction) const;
  void remember_neighbour(PipelineSituation& situation, const Instruction& instruction) const;

  int wanted_at(const PipelineSituation& situation, const Instruction& instruction,
                bool leaves) const;
  int operand_early(const PipelineSituation& situation, const Instruction& instruction,
                    RegisterSet operand) const;
  bool may_pair(const PipelineSituation& situation, const Instruction& instruction) const;
  void pass(PipelineSituation& situation, uint32_t cycles) const;
  void deliver(PipelineSituation& situation, const Instruction& instruction, bool early) const;

  CoreTable table_;
  bool neighbours_matter_;  // one of the rules 2 to 5 costs anything on this core
  int8_t long_ready_;       // a register that has been ready for this long is ready for everything
  PipelineSituation after_branch_;
};

}  // namespace thimble::sim
