// A Profile in the format of Valgrind's Callgrind, for KCachegrind and callgrind_annotate.
//
// Format: "Callgrind Format Specification" of the Valgrind manual. Events: Cycles Instructions
// DataStalls FetchStalls; positions: instr line. The sum of all costs is Profile::all_cycles():
// cycles in no block are the function "(idle)".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/profile/breakdown.h"

namespace thimble::sim {

// `command`: what was run, for the file's head. `instructions` are those of `profile`.
std::string callgrind_text(const Elf& elf, const Profile& profile,
                           std::span<const InstructionCost> instructions, std::string_view command);

}  // namespace thimble::sim
