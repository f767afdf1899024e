// What a simulated program did wrong, where, and how it got there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/cpu/state.h"
#include "sim/run/backtrace.h"
#include "sim/run/code_location.h"
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
  kFpuDisabled,      // floating point without a unit, or before CPACR enables it
  kInvalidState,     // a jump to an even address
  kException,        // SVC or another exception that cannot be taken: the processor locks up
  kExceptionEntry,   // no memory for the frame, or no vector, at the address
  kExceptionReturn,  // no frame at the address, or no valid EXC_RETURN
};

// "stack overflow", "write to unmapped memory", ...
const char* fault_kind_name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kUndefinedInstruction;
  uint32_t address = 0;  // that was accessed or jumped to; of other faults the pc
  CodeLocation where;    // the instruction at fault; of a bad jump where it came from
  Registers registers{};
  std::vector<Caller> callers;  // nearest first

  std::string to_string() const;  // one line
  std::string details() const;    // registers and callers, several lines
};

// A bad data access just below RAM while the stack pointer is there too.
bool is_stack_overflow(const MemoryMap& memory, uint32_t address, uint32_t sp);

}  // namespace thimble::sim
