#include "sim/soc/set_cache.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "base/check.h"

namespace thimble::sim {

SetCache::SetCache(uint32_t line_count, uint32_t sets, uint32_t ways, Replacement replacement)
    : uses_(line_count, kAbsent), ways_(ways), replacement_(replacement), sets_(sets) {
  CHECK(std::has_single_bit(sets) && ways > 0, "a cache of {} sets and {} ways", sets, ways);
  for (auto& resident : sets_) resident.reserve(ways);
}

void SetCache::invalidate() {
  for (auto& resident : sets_) {
    for (const Way& way : resident) uses_[way.line] = kAbsent;
    resident.clear();
  }
}

SetCache::Outcome SetCache::fill(uint32_t line, uint64_t dirty) {
  auto& resident = sets_[line & (sets_.size() - 1)];
  const uint64_t use = next_use();
  uses_[line] = use | dirty;
  bool write_back = false;
  if (resident.size() == ways_) {
    move_victim_to_end(resident);
    uint64_t& evicted = uses_[resident.back().line];
    write_back = evicted & kDirty;
    evicted = kAbsent;
    resident.pop_back();
  }
  resident.push_back({use, line});
  std::ranges::push_heap(resident, std::greater(), &Way::use);
  return write_back ? Outcome::kMissDirty : Outcome::kMiss;
}

void SetCache::move_victim_to_end(std::vector<Way>& ways) {
  if (replacement_ == Replacement::kPseudoRandom) {
    // Marsaglia's xorshift (2003), 32 bits.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    std::swap(ways[random_ % ways_], ways.back());
    return;
  }
  for (;;) {
    std::ranges::pop_heap(ways, std::greater(), &Way::use);
    Way& oldest = ways.back();
    const uint64_t last_use = uses_[oldest.line] & ~kDirty;
    if (last_use == oldest.use) return;
    oldest.use = last_use;  // it was used since
    std::ranges::push_heap(ways, std::greater(), &Way::use);
  }
}

}  // namespace thimble::sim
