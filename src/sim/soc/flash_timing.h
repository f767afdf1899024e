// Wait states of the flash that holds code and constants: a first model, docs/simulator.md says
// what is in it and what is not.
//
// The flash delivers lines of line_bytes. A fetch or a read that finds its line in the instruction
// or data cache costs nothing extra, any other costs the flash's wait states. With prefetch, the
// line after the one being executed is read meanwhile, and only what remains of the wait is paid.
#pragma once

#include <cstdint>

#include "board/board.h"
#include "sim/soc/line_cache.h"

namespace thimble::sim {

class FlashTiming {
 public:
  FlashTiming(const board::Memory& flash, const board::FlashCache& cache);

  bool has_wait_states() const { return wait_states_ > 0; }
  bool contains(uint32_t address) const { return address - base_ < size_bytes_; }
  uint32_t base() const { return base_; }
  uint32_t size_bytes() const { return size_bytes_; }
  uint32_t line_of(uint32_t address) const { return (address - base_) / line_bytes_; }

  // Stall cycles of executing a block that lies on the lines [first, last] and takes `cycles` by
  // itself.
  uint32_t fetch(uint32_t first_line, uint32_t last_line, uint32_t cycles);

  // Stall cycles of one load from `address`.
  uint32_t read(uint32_t address, uint32_t bytes);

 private:
  uint32_t base_;
  uint32_t size_bytes_;
  uint32_t wait_states_;
  uint32_t line_bytes_;
  bool prefetch_;
  uint32_t current_line_ = 0xFFFFFFFF;  // the last line that was executed from
  LineCache instructions_;
  LineCache data_;
};

}  // namespace thimble::sim
