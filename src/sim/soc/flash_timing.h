// Wait states of the flash that holds code and constants: a first model, docs/simulator.md says
// what is in it and what is not.
//
// The flash delivers lines of line_bytes. A fetch or a read that finds its line in the instruction
// or data cache costs nothing extra, any other costs the flash's wait states. With prefetch, the
// line after the one being executed is read meanwhile, and only what remains of the wait is paid.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "board/board.h"
#include "sim/soc/line_cache.h"

namespace thimble::sim {

class FlashTiming {
 public:
  // Errors: kMalformed (a line that is not a power of two).
  static base::Result<FlashTiming> create(const board::Memory& flash,
                                          const board::FlashCache& cache);

  bool has_wait_states() const { return wait_states_ > 0; }
  bool contains(uint32_t address) const { return address - base_ < size_bytes_; }
  uint32_t base() const { return base_; }
  uint32_t size_bytes() const { return size_bytes_; }
  uint32_t line_of(uint32_t address) const { return (address - base_) >> line_shift_; }

  // Stall cycles of executing a block that lies on the lines [first, last] and takes `cycles` by
  // itself.
  uint32_t fetch(uint32_t first_line, uint32_t last_line, uint32_t cycles) {
    uint32_t stall_cycles = 0;
    for (uint32_t line = first_line; line <= last_line; ++line) {
      if (line == current_line_) continue;  // still in the read buffer of the flash
      const bool sequential = line == current_line_ + 1;
      current_line_ = line;
      if (!instructions_.touch(line)) [[unlikely]]
        stall_cycles += miss_cycles(sequential, cycles, last_line - first_line + 1);
    }
    return stall_cycles;
  }

  // Stall cycles of one load of at most a line, starting at an address in the flash.
  uint32_t read(uint32_t address, uint32_t bytes) {
    const uint32_t first = line_of(address);
    const uint32_t last = line_of(address + bytes - 1);
    if (first == newest_data_line_ && last == first) return 0;
    return read_other(first, last);
  }

 private:
  static constexpr uint32_t kNoLine = 0xFFFFFFFF;

  FlashTiming(const board::Memory& flash, const board::FlashCache& cache, uint32_t line_bytes);
  uint32_t read_other(uint32_t first_line, uint32_t last_line);
  uint32_t miss_cycles(bool sequential, uint32_t block_cycles, uint32_t block_lines) const;

  uint32_t base_;
  uint32_t size_bytes_;
  uint32_t wait_states_;
  uint32_t line_shift_;
  uint32_t line_count_;
  bool prefetch_;
  bool has_data_cache_;
  uint32_t current_line_ = kNoLine;      // the last line that was executed from
  uint32_t newest_data_line_ = kNoLine;  // needs no look-up, being the one used last
  LineCache instructions_;
  LineCache data_;
};

}  // namespace thimble::sim
