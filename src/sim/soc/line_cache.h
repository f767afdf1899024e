// A fully associative cache of lines with least-recently-used replacement: which lines are
// resident, not their bytes. A hit costs a compare and a store, so that it can be asked for every
// load and block; a miss finds its victim in a heap.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

namespace thimble::sim {

class LineCache {
 public:
  // `line_count`: lines in the memory behind the cache; `capacity`: lines that fit. With capacity 0
  // every touch misses.
  LineCache(uint32_t line_count, uint32_t capacity);

  // Uses a line, evicting the least recently used one if need be. True: it was resident.
  bool touch(uint32_t line) {
    uint64_t& use = last_use_[line];
    if (use == kAbsent) return fill(line);
    use = ++now_;
    return true;
  }

 private:
  static constexpr uint64_t kAbsent = 0;
  struct Use {
    uint64_t time;
    uint32_t line;
    bool operator>(const Use& other) const { return time > other.time; }
  };

  bool fill(uint32_t line);
  void evict_oldest();

  std::vector<uint64_t> last_use_;  // by line
  uint64_t now_ = kAbsent;
  uint32_t capacity_;
  // One entry a resident line, oldest first. An entry may be out of date, because touch() does not
  // update it; then its line was used since and is put back with its true time.
  std::priority_queue<Use, std::vector<Use>, std::greater<>> by_use_;
};

}  // namespace thimble::sim
