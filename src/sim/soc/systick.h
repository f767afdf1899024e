// SysTick, the 24-bit down counter of every Cortex-M, in virtual time: its value is computed from
// the cycle count when somebody asks. Armv7-M Architecture Reference Manual (DDI 0403E), B3.3.
#pragma once

#include <cstdint>

namespace thimble::sim {

class SysTick {
 public:
  static constexpr uint32_t kControl = 0xE000E010;
  static constexpr uint32_t kReload = 0xE000E014;
  static constexpr uint32_t kValue = 0xE000E018;
  static constexpr uint32_t kCalibration = 0xE000E01C;

  // Brings the counter to `now`. True: it reached zero since the last call and TICKINT is set, so
  // exception 15 is to be pended. Called before every read and write.
  bool settle(uint64_t now);

  // The first cycle at which settle() would be true; UINT64_MAX: never.
  uint64_t next_event() const;

  uint32_t read(uint32_t address);
  void write(uint32_t address, uint32_t value);

 private:
  bool enabled() const;
  uint64_t cycles_per_tick() const;

  uint32_t control_ = 0;
  uint32_t reload_ = 0;
  bool count_flag_ = false;
  uint64_t anchor_cycles_ = 0;  // the counter had value_ then
  uint32_t value_ = 0;
};

}  // namespace thimble::sim
