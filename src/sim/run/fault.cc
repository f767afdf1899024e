#include "sim/run/fault.h"

#include <fmt/format.h>

namespace thimble::sim {
const char* fault_kind_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kUnmappedRead:
      return "read from unmapped memory";
    case FaultKind::kUnmappedWrite:
      return "write to unmapped memory";
    case FaultKind::kUnmappedFetch:
      return "jump to an address without code";
    case FaultKind::kWriteToFlash:
      return "write to flash";
    case FaultKind::kStackOverflow:
      return "stack overflow";
    case FaultKind::kUnaligned:
      return "unaligned access";
    case FaultKind::kUndefinedInstruction:
      return "undefined instruction";
    case FaultKind::kFpuDisabled:
      return "floating-point instruction while the unit is absent or not enabled in CPACR";
    case FaultKind::kInvalidState:
      return "jump to an even address";
    case FaultKind::kException:
      return "exception that cannot be taken here";
    case FaultKind::kExceptionEntry:
      return "no stack or no vector for an exception";
    case FaultKind::kExceptionReturn:
      return "invalid return from an exception";
  }
  return "fault";
}

std::string Fault::to_string() const {
  return fmt::format("{} at {:#010x} in {}", fault_kind_name(kind), address, where.to_string());
}

std::string Fault::details() const {
  std::string text;
  for (size_t i = 0; i < registers.size(); ++i) {
    constexpr const char* kNames[] = {"r0", "r1", "r2",  "r3",  "r4",  "r5", "r6", "r7",
                                      "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc"};
    text += fmt::format("{:>5} {:08x}{}", kNames[i], registers[i], i % 4 == 3 ? "\n" : "");
  }
  for (const Caller& caller : callers)
    text += fmt::format("  called from {}{}\n", caller.to_string(),
                        caller.guessed ? ", perhaps (found on the stack)" : "");
  return text;
}

bool is_stack_overflow(const MemoryMap& memory, uint32_t address, uint32_t sp) {
  // A frame larger than this is no stack frame any more.
  constexpr uint32_t kMaxDistanceBytes = 64 << 10;
  // PUSH faults with the stack pointer still inside RAM, by at most the registers it stores.
  constexpr uint32_t kMaxPushBytes = 256;
  for (const MemoryMap::Region& region : memory.regions()) {
    if (!region.is_ram()) continue;
    const uint32_t base = region.memory.base;
    const bool just_below = base - address - 1 < kMaxDistanceBytes;
    const bool stack_at_bottom =
        sp - (base - kMaxDistanceBytes) <= kMaxDistanceBytes + kMaxPushBytes;
    if (just_below && stack_at_bottom) return true;
  }
  return false;
}

}  // namespace thimble::sim
