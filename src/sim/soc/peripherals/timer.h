// One timer of an STM32 that counts up: prescaler, reload and the interrupt of an update, in
// virtual time. No capture, compare or other modes of counting; their registers store what is
// written. ST RM0432, general-purpose timers; the basic timers have the same registers in the same
// places.
#pragma once

#include <array>
#include <cstdint>

#include "sim/soc/peripherals/family.h"

namespace thimble::sim {

class Timer {
 public:
  static constexpr uint32_t kSize = 0x400;

  explicit Timer(const TimerPlace& place);

  bool contains(uint32_t address) const { return address - place_.base < kSize; }
  uint32_t interrupt() const { return place_.interrupt; }
  bool interrupt_line() const;

  // Brings the counter to `now`. Before every read and write, and when next_event() is reached.
  // `cycles_per_clock`: the processor's cycles in one of the timer's input clock.
  void settle(uint64_t now, uint32_t cycles_per_clock);
  // The first cycle at which the interrupt line may rise; UINT64_MAX: never.
  uint64_t next_event() const;

  // `address` within the timer.
  uint32_t read(uint32_t address) const;
  void write(uint32_t address, uint32_t value);

 private:
  bool runs() const;
  uint64_t cycles_per_tick() const { return uint64_t{cycles_per_clock_} * (prescaler_ + 1); }
  void load_prescaler();

  TimerPlace place_;
  std::array<uint32_t, kSize / 4> registers_{};
  uint32_t prescaler_ = 0;  // in effect; the register's value is taken over by an update
  uint32_t cycles_per_clock_ = 1;
  uint64_t anchor_cycles_ = 0;  // the counter had count_ then
  uint32_t count_ = 0;
};

}  // namespace thimble::sim
