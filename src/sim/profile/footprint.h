// How much of a board a program of any origin takes: flash, static RAM, and where its stack lies.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "board/board.h"
#include "sim/machine.h"

namespace thimble::sim {

struct Footprint {
  uint64_t flash_bytes = 0;       // what is programmed into flash
  uint64_t static_ram_bytes = 0;  // sections in RAM, without those set aside for stack and heap
  uint64_t reserved_bytes = 0;    // sections set aside for stack and heap
};

Footprint footprint(const Elf& elf, const board::Board& board);

// Where the stack may grow, from high down to low.
struct StackArea {
  uint32_t low = 0;
  uint32_t high = 0;
  std::string low_from;    // what says so: "__StackLimit", "end of .bss", ...
  std::string high_from;   // "__StackTop", "the initial stack pointer"
  bool set_aside = false;  // nothing else (no heap) may lie between the two
};

// `initial_sp`: the first word of the vector table. Errors: kNotFound (it points into no RAM).
base::Result<StackArea> find_stack(const Elf& elf, const board::Board& board, uint32_t initial_sp);

}  // namespace thimble::sim
