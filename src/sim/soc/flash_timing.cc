#include "sim/soc/flash_timing.h"

#include <algorithm>

namespace thimble::sim {
namespace {

// A board without cache lines still reads the flash by words.
uint32_t line_bytes_of(const board::FlashCache& cache) {
  return std::max<uint32_t>(cache.line_bytes, 4);
}

uint32_t line_count_of(const board::Memory& flash, const board::FlashCache& cache) {
  return (flash.size_bytes - 1) / line_bytes_of(cache) + 1;
}

}  // namespace

FlashTiming::FlashTiming(const board::Memory& flash, const board::FlashCache& cache)
    : base_(flash.base),
      size_bytes_(flash.size_bytes),
      wait_states_(flash.wait_states),
      line_bytes_(line_bytes_of(cache)),
      prefetch_(cache.prefetch),
      instructions_(line_count_of(flash, cache), cache.instruction_lines),
      data_(line_count_of(flash, cache), cache.data_lines) {}

uint32_t FlashTiming::fetch(uint32_t first_line, uint32_t last_line, uint32_t cycles) {
  uint32_t stall_cycles = 0;
  for (uint32_t line = first_line; line <= last_line; ++line) {
    if (line == current_line_) continue;  // still in the read buffer of the flash
    const bool sequential = line == current_line_ + 1;
    current_line_ = line;
    if (instructions_.touch(line)) continue;
    // The prefetch of this line ran while the line before it was executed.
    const uint32_t hidden = prefetch_ && sequential ? cycles / (last_line - first_line + 1) : 0;
    stall_cycles += wait_states_ - std::min(wait_states_, hidden);
  }
  return stall_cycles;
}

uint32_t FlashTiming::read(uint32_t address, uint32_t bytes) {
  const uint32_t first = line_of(address);
  uint32_t stall_cycles = data_.touch(first) ? 0 : wait_states_;
  const uint32_t last_address = address + bytes - 1;
  if (!contains(last_address)) return stall_cycles;  // the access is about to fault
  const uint32_t last = line_of(last_address);
  if (last != first && !data_.touch(last)) stall_cycles += wait_states_;
  return stall_cycles;
}

}  // namespace thimble::sim
