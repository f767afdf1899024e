// Cycles between two events, for each time the second follows the first: two places in the program,
// or two edges of trace pins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "sim/run/observer.h"

namespace thimble::sim {

struct PassStatistics {
  uint64_t count = 0;
  uint64_t total_cycles = 0;
  uint64_t min_cycles = 0;
  uint64_t max_cycles = 0;

  double mean_cycles() const {
    return count == 0 ? 0 : static_cast<double>(total_cycles) / static_cast<double>(count);
  }
  bool operator==(const PassStatistics&) const = default;
};

// A pass reaches from the latest start before an end to that end. Without an end it does not count.
class PassCounter {
 public:
  void start(uint64_t cycles) {
    start_cycles_ = cycles;
    started_ = true;
  }
  void end(uint64_t cycles) {
    if (!started_) return;
    const uint64_t length = cycles - start_cycles_;
    statistics_.min_cycles =
        statistics_.count == 0 ? length : std::min(statistics_.min_cycles, length);
    statistics_.max_cycles = std::max(statistics_.max_cycles, length);
    statistics_.total_cycles += length;
    ++statistics_.count;
    started_ = false;
  }
  const PassStatistics& statistics() const { return statistics_; }

 private:
  bool started_ = false;
  uint64_t start_cycles_ = 0;
  PassStatistics statistics_;
};

struct PinEvent {
  uint16_t pin = 0;
  bool rise = true;
  bool operator==(const PinEvent&) const = default;
};

// "PB5:rise" or "P1.05:fall". Errors: kInvalidArgument.
base::Result<PinEvent> parse_pin_event(std::string_view text);

// `edges` in order of time. The same event twice: its period.
PassStatistics passes_between(std::span<const PinEdge> edges, PinEvent from, PinEvent to);

}  // namespace thimble::sim
