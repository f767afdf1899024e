// What a simulated program did wrong, where, and how it got there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cpu/state.h"
#include "sim/elf/elf.h"
#include "sim/soc/memory_map.h"

namespace thimble::sim {

enum class FaultKind {
  kUnmappedRead,
  kUnmappedWrite,
  kUnmappedFetch,  // a jump to where there is no code
  kWriteToFlash,
  kStackOverflow,
  kUnaligned,
  kUndefinedInstruction,
  kFpuDisabled,   // floating point without a unit, or before CPACR enables it
  kInvalidState,  // a jump to an even address
  kException,     // SVC or another exception; handlers are not simulated
};

// "stack overflow", "write to unmapped memory", ...
const char* fault_kind_name(FaultKind kind);

struct CodeLocation {
  uint32_t address = 0;
  std::string function;            // demangled; empty: not known
  std::optional<SourceLine> line;  // needs -g

  std::string to_string() const;  // "conv (conv.cc:12)", or the address
};

struct Fault {
  FaultKind kind = FaultKind::kUndefinedInstruction;
  uint32_t address = 0;  // that was accessed or jumped to; of other faults the pc
  CodeLocation where;    // the instruction at fault; of a bad jump where it came from
  Registers registers{};
  // Callers, nearest first: the link register and what looks like return addresses on the stack. A
  // stale one may be among them.
  std::vector<CodeLocation> callers;

  std::string to_string() const;  // one line
  std::string details() const;    // registers and callers, several lines
};

// Names an address of the program.
CodeLocation locate(const Elf& elf, uint32_t address);

// A bad data access just below RAM while the stack pointer is there too.
bool is_stack_overflow(const MemoryMap& memory, uint32_t address, uint32_t sp);

// Return addresses in the link register and on the stack.
std::vector<CodeLocation> find_callers(const Elf& elf, const MemoryMap& memory,
                                       const Registers& registers);

}  // namespace thimble::sim
