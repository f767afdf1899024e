// A basic block of decoded instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/cpu/context.h"

namespace thimble::sim {

using SkippedSaving = std::function<uint32_t(std::span<const std::byte> code, uint32_t address)>;

struct CodeBlock {
  uint32_t end = 0;  // address after the last instruction
  bool has_float = false;
  std::vector<Operation> operations;  // the last one goes on at `end`
};

// Decodes from `address` on until a branch, the end of `code`, or an address at which `cut` is true
// (asked for every address but the first). `if_then`: the ITSTATE in front of the first
// instruction. An instruction that reaches beyond `code` decodes as undefined.
// `skipped_saving`: cycles that the instruction at the start of its argument saves when its
// condition fails.
CodeBlock decode_block(std::span<const std::byte> code, uint32_t address, uint32_t if_then,
                       const InstructionSet& features, const std::function<bool(uint32_t)>& cut,
                       const SkippedSaving& skipped_saving);

}  // namespace thimble::sim
