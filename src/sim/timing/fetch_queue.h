// The words of code that the processor has requested ahead of execution.
//
// One word is requested a cycle while there is room, becomes usable `latency` cycles later and
// leaves when the instruction that holds its last byte executes; its slot is free in the next
// cycle. A taken branch empties the queue; by the time its target executes, the target's word has
// arrived and the words after it are on their way.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "sim/timing/core_table.h"

namespace thimble::sim {

class FetchQueue {
 public:
  // The queue when the target of a taken branch executes.
  static FetchQueue after_branch(const FetchRules& rules);

  // Removes the instruction at `address`, of `bytes` bytes, from the queue. Returns the cycles that
  // it had to wait for its words; they have passed.
  uint32_t take(uint32_t address, uint32_t bytes, const FetchRules& rules);

  // Lets `cycles` pass.
  void advance(uint32_t cycles, const FetchRules& rules);

  auto operator<=>(const FetchQueue&) const = default;

 private:
  // Cycles until each word is usable, oldest first. The oldest holds the next byte to execute.
  std::array<uint8_t, kMaxFetchQueueWords> wait_{};
  uint8_t size_ = 0;
};

}  // namespace thimble::sim
