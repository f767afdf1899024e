#include "sim/soc/line_cache.h"

namespace thimble::sim {

LineCache::LineCache(uint32_t line_count, uint32_t capacity)
    : last_use_(line_count, kAbsent), capacity_(capacity) {}

bool LineCache::fill(uint32_t line) {
  if (capacity_ == 0) return false;
  if (by_use_.size() == capacity_) evict_oldest();
  last_use_[line] = ++now_;
  by_use_.push({now_, line});
  return false;
}

void LineCache::evict_oldest() {
  for (;;) {
    const Use oldest = by_use_.top();
    by_use_.pop();
    uint64_t& last_use = last_use_[oldest.line];
    if (last_use == oldest.time) {
      last_use = kAbsent;
      return;
    }
    by_use_.push({last_use, oldest.line});
  }
}

}  // namespace thimble::sim
