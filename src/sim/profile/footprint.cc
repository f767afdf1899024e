#include "sim/profile/footprint.h"

#include <algorithm>
#include <array>

namespace thimble::sim {
namespace {

// Names that start-up files and linker scripts of the vendors use for the two ends.
constexpr std::array kTops = {"thimble_stack_top", "__StackTop",      "_estack",   "__stack",
                              "__stack_top__",     "_stack_top",      "stack_top", "_stack",
                              "__initial_sp",      "z_main_stack_top"};
constexpr std::array kLimits = {"__StackLimit", "__stack_limit__",  "_stack_limit",
                                "_sstack",      "__stack_bottom",   "_stack_bottom",
                                "stack_low",    "thimble_stack_low"};

const board::Memory* ram_at(const board::Board& board, uint32_t address) {
  const auto found = std::ranges::find_if(board.memories, [&](const board::Memory& memory) {
    return memory.kind == board::MemoryKind::kRam && address - memory.base < memory.size_bytes;
  });
  return found == board.memories.end() ? nullptr : &*found;
}

bool is_reserved(const Section& section) {
  const bool named = section.name.find("stack") != std::string::npos ||
                     section.name.find("heap") != std::string::npos;
  return named && !section.has_bytes;
}

}  // namespace

Footprint footprint(const Elf& elf, const board::Board& board) {
  Footprint result;
  for (const Segment& segment : elf.segments())
    if (!ram_at(board, segment.load_address)) result.flash_bytes += segment.bytes.size();
  for (const Section& section : elf.sections()) {
    if (!ram_at(board, section.address)) continue;
    (is_reserved(section) ? result.reserved_bytes : result.static_ram_bytes) += section.size_bytes;
  }
  return result;
}

base::Result<StackArea> find_stack(const Elf& elf, const board::Board& board, uint32_t initial_sp) {
  const board::Memory* ram = ram_at(board, initial_sp - 1);
  if (!ram)
    return base::fail(base::ErrorCode::kNotFound,
                      "the initial stack pointer {:#010x} points into no RAM of {}", initial_sp,
                      board.name);
  StackArea area{ram->base, initial_sp, "the start of " + ram->name, "the initial stack pointer"};
  for (const char* name : kTops)
    if (const Symbol* top = elf.find_symbol(name); top && top->address == initial_sp)
      area.high_from = name;
  for (const char* name : kLimits)
    if (const Symbol* limit = elf.find_symbol(name);
        limit && limit->address >= ram->base && limit->address < initial_sp) {
      area.low = limit->address;
      area.low_from = name;
      area.set_aside = true;
      return area;
    }
  // Whatever the program puts below the stack, in the same memory.
  for (const Section& section : elf.sections()) {
    const uint64_t end = uint64_t{section.address} + section.size_bytes;
    const bool below = section.address >= ram->base && end <= initial_sp;
    if (is_reserved(section) && section.size_bytes > 0 && section.address >= ram->base &&
        section.address < initial_sp && end >= initial_sp &&
        section.name.find("stack") != std::string::npos) {
      area.low = section.address;
      area.low_from = "the start of " + section.name;
      area.set_aside = true;
      return area;
    }
    if (below && end > area.low && !is_reserved(section)) {
      area.low = static_cast<uint32_t>(end);
      area.low_from = "the end of " + section.name;
    }
  }
  return area;
}

}  // namespace thimble::sim
