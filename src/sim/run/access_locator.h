// Which instruction of a block made a memory access?
//
// The emulator names the block of an access but not the instruction. The registers at that moment
// are exact, though, so the address of every load and store of the block can be computed and
// compared.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/cpu/cpu.h"

namespace thimble::sim {

// Addresses of the instructions in `code` (Thumb, at `code_address`) that access the byte at
// `target` when executed with `registers`, in program order. Those whose access begins exactly
// there hide the others. More than one when a block uses the same address twice.
std::vector<uint32_t> find_accesses(std::span<const std::byte> code, uint32_t code_address,
                                    const Registers& registers, uint32_t target);

}  // namespace thimble::sim
