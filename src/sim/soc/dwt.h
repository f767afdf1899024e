// The cycle counter of the Data Watchpoint and Trace unit. The other counters read 0 and the
// comparators only store. Armv7-M Architecture Reference Manual (DDI 0403E), section C1.8.
#pragma once

#include <cstdint>

namespace thimble::sim {

class Dwt {
 public:
  static constexpr uint32_t kControl = 0xE0001000;
  static constexpr uint32_t kCycleCount = 0xE0001004;
  static constexpr uint32_t kFirstEventCounter = 0xE0001008;  // CPICNT, EXCCNT, ...
  static constexpr uint32_t kLastEventCounter = 0xE0001018;   // ... FOLDCNT

  // `has_cycle_counter`: not on Armv6-M, where CYCCNT reads 0.
  explicit Dwt(bool has_cycle_counter) : has_cycle_counter_(has_cycle_counter) {}

  // DEMCR.TRCENA: without it nothing counts.
  void set_trace_enabled(bool enabled, uint64_t now);

  uint32_t control() const;
  void set_control(uint32_t value, uint64_t now);
  uint32_t cycle_count(uint64_t now) const;
  void set_cycle_count(uint32_t value, uint64_t now);

 private:
  bool runs() const;

  bool has_cycle_counter_;
  bool trace_enabled_ = false;
  uint32_t control_ = 0;
  uint32_t base_ = 0;   // its value at ...
  uint64_t start_ = 0;  // ... this time
};

}  // namespace thimble::sim
