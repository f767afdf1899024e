#include "sim/soc/set_cache.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace thimble::sim {

SetCache::SetCache(uint32_t line_count, uint32_t sets, uint32_t ways, Replacement replacement)
    : uses_(line_count, kAbsent), ways_(ways), replacement_(replacement), sets_(sets) {
  CHECK(std::has_single_bit(sets) && ways > 0, "a cache of {} sets and {} ways", sets, ways);
  for (auto& resident : sets_) resident.reserve(ways);
}

void SetCache::invalidate() {
  for (auto& resident : sets_) {
    for (uint32_t line : resident) uses_[line] = kAbsent;
    resident.clear();
  }
}

SetCache::Outcome SetCache::fill(uint32_t line, uint64_t dirty) {
  auto& resident = sets_[line & (sets_.size() - 1)];
  uses_[line] = next_use() | dirty;
  if (resident.size() < ways_) {
    resident.push_back(line);
    return Outcome::kMiss;
  }
  uint32_t& way = resident[choose_victim(resident)];
  const bool write_back = uses_[way] & kDirty;
  uses_[way] = kAbsent;
  way = line;
  return write_back ? Outcome::kMissDirty : Outcome::kMiss;
}

uint32_t SetCache::choose_victim(const std::vector<uint32_t>& resident) {
  if (replacement_ == Replacement::kLeastRecentlyUsed) {
    const auto oldest = std::ranges::min_element(
        resident, [&](uint32_t a, uint32_t b) { return uses_[a] < uses_[b]; });
    return static_cast<uint32_t>(oldest - resident.begin());
  }
  // Marsaglia's xorshift (2003), 32 bits.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return random_ % ways_;
}

}  // namespace thimble::sim
