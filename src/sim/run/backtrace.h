// How a program got to where it is.
//
// First by the call frame information of the file (-g), which is exact, through exception handlers
// on the main stack too. Where that ends before the program's first function (assembly without it,
// a damaged stack), the rest is a guess: whatever on the stack looks like a return address.
#pragma once

#include <vector>

#include "sim/cpu/state.h"
#include "sim/elf/elf.h"
#include "sim/run/code_location.h"
#include "sim/soc/memory_map.h"

namespace thimble::sim {

struct Caller : CodeLocation {  // the place of the call
  bool guessed = false;         // may be a stale return address
};

// Nearest first. `registers`: where the program is; the pc need not be code.
std::vector<Caller> find_callers(const Elf& elf, const MemoryMap& memory,
                                 const Registers& registers);

}  // namespace thimble::sim
