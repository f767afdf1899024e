#include "sim/soc/flash_timing.h"

#include <algorithm>
#include <bit>

namespace thimble::sim {

base::Result<FlashTiming> FlashTiming::create(const board::Memory& flash,
                                              const board::FlashCache& cache) {
  // A board file without cache lines still has a flash that is read by words.
  const uint32_t line_bytes = std::max<uint32_t>(cache.line_bytes, 4);
  if (!std::has_single_bit(line_bytes))
    return base::fail(base::ErrorCode::kMalformed,
                      "flash cache lines of {} bytes: must be a power of two", line_bytes);
  return FlashTiming(flash, cache, line_bytes);
}

FlashTiming::FlashTiming(const board::Memory& flash, const board::FlashCache& cache,
                         uint32_t line_bytes)
    : base_(flash.base),
      size_bytes_(flash.size_bytes),
      wait_states_(flash.wait_states),
      line_shift_(static_cast<uint32_t>(std::countr_zero(line_bytes))),
      // Without wait states nobody asks, and a large flash would need large tables.
      line_count_(flash.wait_states == 0 ? 0 : (flash.size_bytes - 1) / line_bytes + 1),
      prefetch_(cache.prefetch),
      has_data_cache_(cache.data_lines > 0),
      instructions_(line_count_, cache.instruction_lines),
      data_(line_count_, cache.data_lines) {}

uint32_t FlashTiming::read_other(uint32_t first_line, uint32_t last_line) {
  uint32_t stall_cycles = 0;
  // A load that runs out of the flash is about to fault.
  for (uint32_t line = first_line; line <= last_line && line < line_count_; ++line)
    if (!data_.touch(line)) stall_cycles += wait_states_;
  if (has_data_cache_) newest_data_line_ = last_line;
  return stall_cycles;
}

uint32_t FlashTiming::miss_cycles(bool sequential, uint32_t block_cycles,
                                  uint32_t block_lines) const {
  if (!prefetch_ || !sequential) return wait_states_;
  // The prefetch of this line ran while the line before it was executed.
  return wait_states_ - std::min(wait_states_, block_cycles / block_lines);
}

}  // namespace thimble::sim
