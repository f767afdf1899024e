// A fully associative cache of lines with least-recently-used replacement: which lines are
// resident, not their bytes. A touch takes constant time, so that it can be asked for every load
// and block.
#pragma once

#include <cstdint>
#include <vector>

namespace thimble::sim {

class LineCache {
 public:
  // `line_count`: lines in the memory behind the cache; `capacity`: lines that fit. With capacity 0
  // every touch misses.
  LineCache(uint32_t line_count, uint32_t capacity);

  // Uses a line, evicting the least recently used one if need be. True: it was resident.
  bool touch(uint32_t line) {
    if (line == most_recent_line_) return true;
    return touch_other(line);
  }

 private:
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  struct Slot {
    uint32_t line = kNone;
    uint32_t newer = kNone;
    uint32_t older = kNone;
  };

  bool touch_other(uint32_t line);
  void unlink(uint32_t slot);
  void make_newest(uint32_t slot);

  std::vector<uint32_t> slot_of_line_;  // kNone: not resident
  std::vector<Slot> slots_;             // a list from newest_ to oldest_
  uint32_t capacity_;
  uint32_t newest_ = kNone;
  uint32_t oldest_ = kNone;
  uint32_t most_recent_line_ = kNone;
};

}  // namespace thimble::sim
