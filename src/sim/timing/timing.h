// Cycles of straight-line code on an in-order core, without memory wait states.
//
// A PipelineModel is generic code driven by the table of one core (cores/*.toml, docs/timing.md).
// The simulator asks it once per basic block and incoming state and caches the answer: a block that
// is entered by a taken branch always starts from kAfterBranch, a block reached by falling through
// (a branch not taken, or a block that the emulator split) starts from the exit state of the
// previous one. So the total does not depend on where the emulator cuts blocks.
#pragma once

#include <bit>
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
  // Further cycles if the core did not expect the way that its last instruction, a conditional
  // branch, goes. 0: there is none, or the core does not predict.
  uint32_t mispredicted_cycles = 0;
  bool branches_backward = false;
};

// Cycles that depend on the values that instructions work on, beyond those of a block.
struct OperandTiming {
  uint32_t unaligned_half = 0;      // a load or store of a half-word at an odd address
  uint32_t unaligned_word = 0;      // of a word at an even address that is no multiple of four
  uint32_t unaligned_word_odd = 0;  // of a word at an odd address
  uint32_t divide_span = 0;         // from the shortest division to the longest

  uint32_t unaligned(uint32_t address, uint32_t bytes) const {
    if (bytes == 2) return unaligned_half;
    return address & 1 ? unaligned_word_odd : unaligned_word;
  }

  // A division ends early: it takes in proportion to the bits of the quotient, as far as the
  // positions of the leading ones tell. Arm publishes the shortest and the longest; the rule
  // between them has the form of the Cortex-R4's (DDI 0363, "Divide").
  uint32_t divide(uint32_t dividend, uint32_t divisor) const {
    if (divisor == 0 || dividend < divisor) return 0;
    const auto quotient_bits =
        static_cast<uint32_t>(std::bit_width(dividend) - std::bit_width(divisor) + 1);
    return (quotient_bits * divide_span + 31) / 32;
  }
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

  virtual OperandTiming operand_timing() const { return {}; }

  // How many cycles fewer the instruction at the start of `code` takes when its condition fails.
  virtual uint32_t skipped_saving(std::span<const std::byte> /*code*/, uint32_t /*address*/) {
    return 0;
  }
};

}  // namespace thimble::sim
