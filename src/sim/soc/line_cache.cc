#include "sim/soc/line_cache.h"

#include <algorithm>

#include "base/check.h"

namespace thimble::sim {

LineCache::LineCache(uint32_t line_count, uint32_t capacity)
    : slot_of_line_(line_count, kNone), capacity_(std::min(capacity, line_count)) {
  slots_.reserve(capacity_);
}

bool LineCache::touch_other(uint32_t line) {
  CHECK(line < slot_of_line_.size());
  if (capacity_ == 0) return false;
  most_recent_line_ = line;
  uint32_t slot = slot_of_line_[line];
  const bool resident = slot != kNone;
  if (resident) {
    unlink(slot);
  } else if (slots_.size() < capacity_) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = oldest_;
    unlink(slot);
    slot_of_line_[slots_[slot].line] = kNone;
  }
  slots_[slot].line = line;
  slot_of_line_[line] = slot;
  make_newest(slot);
  return resident;
}

void LineCache::unlink(uint32_t slot) {
  const Slot& gone = slots_[slot];
  (gone.newer == kNone ? newest_ : slots_[gone.newer].older) = gone.older;
  (gone.older == kNone ? oldest_ : slots_[gone.older].newer) = gone.newer;
}

void LineCache::make_newest(uint32_t slot) {
  slots_[slot].newer = kNone;
  slots_[slot].older = newest_;
  (newest_ == kNone ? oldest_ : slots_[newest_].newer) = slot;
  newest_ = slot;
}

}  // namespace thimble::sim
