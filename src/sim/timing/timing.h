// Cycles of straight-line code on an in-order core, without memory wait states.
//
// A PipelineModel is generic code driven by the table of one core (cores/*.toml, docs/timing.md).
// The simulator asks it once per basic block and incoming state and caches the answer: a block that
// is entered by a taken branch always starts from kAfterBranch, a block reached by falling through
// (a branch not taken, or a block that the emulator split) starts from the exit state of the
// previous one. So the total does not depend on where the emulator cuts blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "board/board.h"

namespace thimble::sim {

// Interned state of the pipeline between two instructions (pending load, fetch queue, last writer
// of an address register, ...). Valid only for the PipelineModel that returned it.
using PipelineState = uint32_t;
inline constexpr PipelineState kAfterBranch = 0;

struct BlockTiming {
  uint32_t instructions = 0;
  uint32_t cycles_taken = 0;                // when the last instruction branches away
  uint32_t cycles_fall_through = 0;         // when the next instruction in memory follows
  PipelineState exit_state = kAfterBranch;  // after falling through
};

class PipelineModel {
 public:
  // Errors: kMalformed with the key of the table that is missing or wrong.
  static base::Result<std::unique_ptr<PipelineModel>> create(const board::Core& core);
  virtual ~PipelineModel() = default;

  // `code`: the Thumb bytes of the block, at `address`. Bytes that do not decode cost one cycle
  // (the processor will fault on them).
  virtual BlockTiming time_block(std::span<const std::byte> code, uint32_t address,
                                 PipelineState entry) = 0;
};

}  // namespace thimble::sim
