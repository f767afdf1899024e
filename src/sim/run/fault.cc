#include "sim/run/fault.h"

#include <fmt/format.h>

#include <cstring>

#include "sim/run/thumb.h"

namespace thimble::sim {
namespace {

bool follows_call(const MemoryMap& memory, uint32_t return_address) {
  constexpr uint32_t kCallBytes = 4;
  return ends_with_call(memory.bytes(return_address - kCallBytes, kCallBytes));
}

}  // namespace

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
      return "exception, which the simulator has no handlers for,";
  }
  return "fault";
}

std::string CodeLocation::to_string() const {
  const std::string name = function.empty() ? fmt::format("{:#010x}", address) : function;
  return line ? fmt::format("{} ({}:{})", name, line->file, line->line) : name;
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
  for (const CodeLocation& caller : callers)
    text += fmt::format("  called from {}\n", caller.to_string());
  return text;
}

CodeLocation locate(const Elf& elf, uint32_t address) {
  const Symbol* function = elf.function_at(address);
  return {address, function ? demangle(function->name) : "", elf.source_line(address)};
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

std::vector<CodeLocation> find_callers(const Elf& elf, const MemoryMap& memory,
                                       const Registers& registers) {
  constexpr size_t kMaxCallers = 8;
  constexpr uint32_t kMaxStackBytes = 2048;
  std::vector<CodeLocation> callers;
  auto consider = [&](uint32_t value) {
    const uint32_t return_address = value & ~kThumbBit;
    if (!(value & kThumbBit) || !follows_call(memory, return_address)) return;
    // The call itself, not what follows it, is the line to show.
    CodeLocation caller = locate(elf, return_address - 2);
    const bool repeated = !callers.empty() && callers.back().address == caller.address;
    if (!caller.function.empty() && !repeated) callers.push_back(std::move(caller));
  };
  consider(registers[kLr]);
  const uint32_t sp = registers[kSp] & ~3u;
  for (uint32_t offset = 0; offset < kMaxStackBytes && callers.size() < kMaxCallers;
       offset += sizeof(uint32_t)) {
    const auto word = memory.bytes(sp + offset, sizeof(uint32_t));
    if (word.empty()) continue;  // an overflowed stack begins below RAM
    uint32_t value = 0;
    std::memcpy(&value, word.data(), sizeof(value));
    consider(value);
  }
  return callers;
}

}  // namespace thimble::sim
