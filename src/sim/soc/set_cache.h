// A set-associative cache: which lines are resident and which were written to, not their bytes.
//
// Lines are numbered by whoever uses the cache; a line belongs to the set "number modulo sets". The
// state of every line of the memories behind it is kept in one table, so that a hit costs a look-up
// and a store, however many ways there are; only a miss searches its set for a victim.
#pragma once

#include <cstdint>
#include <vector>

namespace thimble::sim {

class SetCache {
 public:
  enum class Replacement {
    kLeastRecentlyUsed,
    kPseudoRandom,  // a free way first; repeatable from run to run
  };
  enum class Outcome {
    kHit,
    kMiss,       // the line was filled
    kMissDirty,  // the line was filled, and the one it replaced has to be written back
  };

  // `line_count`: lines are numbered below it. `sets`: a power of two. With one set the cache is
  // fully associative.
  SetCache(uint32_t line_count, uint32_t sets, uint32_t ways, Replacement replacement);

  // Uses a line if it is resident.
  bool read_resident(uint32_t line) {
    uint64_t& use = uses_[line];
    if (use == kAbsent) return false;
    use = next_use() | (use & kDirty);
    return true;
  }
  bool write_resident(uint32_t line) {
    uint64_t& use = uses_[line];
    if (use == kAbsent) return false;
    use = next_use() | kDirty;
    return true;
  }

  // Uses a line, filling it if need be.
  Outcome read(uint32_t line) { return read_resident(line) ? Outcome::kHit : fill(line, 0); }
  Outcome write(uint32_t line) { return write_resident(line) ? Outcome::kHit : fill(line, kDirty); }

  // Forgets every line. Dirty ones are not written back: nobody waits for that.
  void invalidate();

 private:
  static constexpr uint64_t kAbsent = 0;
  static constexpr uint64_t kDirty = 1;

  // Time of a use, from 2 in steps of 2: never kAbsent, and the lowest bit is free for kDirty.
  uint64_t next_use() { return now_ += 2; }
  // A resident line of a set, and when it was used as far as the set knows: a hit only writes to
  // uses_, and the set learns of it when it looks for its oldest line.
  struct Way {
    uint64_t use;
    uint32_t line;
  };

  Outcome fill(uint32_t line, uint64_t dirty);
  void move_victim_to_end(std::vector<Way>& ways);

  std::vector<uint64_t> uses_;  // by line: time of the last use and kDirty
  uint64_t now_ = 0;
  uint32_t ways_;
  Replacement replacement_;
  uint32_t random_ = 1;
  std::vector<std::vector<Way>> sets_;  // at most ways_ each; a heap, the oldest use on top
};

}  // namespace thimble::sim
