#include "sim/timing/fetch_queue.h"

#include <algorithm>

namespace thimble::sim {
namespace {
constexpr uint32_t kWordBytes = 4;
}

FetchQueue FetchQueue::after_branch(const FetchRules& rules) {
  FetchQueue queue;
  const uint32_t requested = std::min(rules.queue_words, rules.latency + 1);
  for (uint32_t i = 0; i < requested; ++i) queue.wait_[i] = static_cast<uint8_t>(i);
  queue.size_ = static_cast<uint8_t>(requested);
  return queue;
}

uint32_t FetchQueue::take(uint32_t address, uint32_t bytes, const FetchRules& rules) {
  if (rules.queue_words == 0) return 0;
  const uint32_t end = address % kWordBytes + bytes;
  const uint32_t needed = (end + kWordBytes - 1) / kWordBytes;
  uint32_t stall = 0;
  while (size_ < needed || wait_[needed - 1] > 0) {
    advance(1, rules);
    ++stall;
  }
  const uint32_t finished = end / kWordBytes;
  std::shift_left(wait_.begin(), wait_.end(), finished);
  std::fill(wait_.end() - finished, wait_.end(), uint8_t{0});
  size_ = static_cast<uint8_t>(size_ - finished);
  return stall;
}

void FetchQueue::advance(uint32_t cycles, const FetchRules& rules) {
  for (uint32_t cycle = 0; cycle < cycles; ++cycle) {
    for (uint32_t i = 0; i < size_; ++i) wait_[i] = static_cast<uint8_t>(wait_[i] - (wait_[i] > 0));
    if (size_ < rules.queue_words) wait_[size_++] = static_cast<uint8_t>(rules.latency);
  }
}

}  // namespace thimble::sim
