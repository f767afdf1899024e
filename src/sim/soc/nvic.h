// Which exception a Cortex-M processor takes next: the enabled, pending and active bits and the
// priorities of exceptions 1 to 255 (interrupt n is exception 16 + n), and the registers of the
// interrupt controller at 0xE000E100 to 0xE000E4EF.
//
// It knows nothing of stacks: sim/run/exceptions.h enters and leaves handlers and tells this class.
// Armv7-M Architecture Reference Manual (DDI 0403E), sections B1.5.4 and B3.4; Armv6-M: DDI 0419,
// B3.4. Armv8-M without the Security Extension behaves the same.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

#include "sim/cpu/state.h"

namespace thimble::sim {

enum Exception : uint32_t {
  kReset = 1,
  kNmi = 2,
  kHardFault = 3,
  kMemoryFault = 4,
  kBusFault = 5,
  kUsageFault = 6,
  kSupervisorCall = 11,
  kDebugMonitor = 12,
  kPendSv = 14,
  kSysTickException = 15,
  kFirstInterrupt = 16,
};

class Nvic {
 public:
  static constexpr uint32_t kExceptions = 256;
  static constexpr int kThreadPriority = 256;  // below every exception
  static constexpr uint32_t kBase = 0xE000E100;
  static constexpr uint32_t kEnd = 0xE000E4F0;

  // `priority_bits`: 2 to 8, the upper ones of each byte. `has_groups`: there is a PRIGROUP (not on
  // Armv6-M).
  Nvic(uint32_t priority_bits, bool has_groups);

  // The exception that the processor has to enter before its next instruction, if any.
  std::optional<uint32_t> take(const CpuState& cpu) const {
    if (candidate_ == 0) [[likely]]
      return std::nullopt;
    return take_candidate(cpu);
  }
  uint32_t priority_mask() const { return priority_mask_; }  // the bits of a priority that exist
  bool anything_pending() const { return candidate_ != 0; }
  // WFI ends: an exception would be taken if PRIMASK were clear.
  bool wakes(const CpuState& cpu) const;

  void set_pending(uint32_t number);
  void clear_pending(uint32_t number);
  // The level of an interrupt's line. A rising line pends; one that is still high when its handler
  // returns pends again.
  void set_line(uint32_t number, bool high);
  void activate(uint32_t number);    // its handler is entered
  void deactivate(uint32_t number);  // its handler has returned
  void set_active(uint32_t number, bool active);
  void set_enabled(uint32_t number, bool enabled);

  bool pending(uint32_t number) const { return pending_[number]; }
  // `number` may be any that a program can put into a stacked IPSR: up to 511.
  bool active(uint32_t number) const { return number < kExceptions && active_[number]; }
  bool enabled(uint32_t number) const { return enabled_[number]; }
  size_t active_count() const { return active_.count(); }
  // The pending enabled exception of the highest priority, 0: none (ICSR.VECTPENDING).
  uint32_t vector_pending() const { return candidate_; }
  bool interrupt_pending() const;  // ICSR.ISRPENDING

  // -3 (reset) to 255; smaller is more urgent.
  int priority(uint32_t number) const { return priorities_[number]; }
  void set_priority(uint32_t number, uint32_t value);
  // Without the bits that only order exceptions pending at the same time.
  int group_priority(uint32_t number) const { return grouped(priorities_[number]); }
  // Of what runs now, with PRIMASK, FAULTMASK and BASEPRI.
  int execution_priority(const CpuState& cpu) const;
  // Without the masks; `except` is left out (0: none).
  int active_priority(uint32_t except = 0) const;

  uint32_t priority_group() const { return priority_group_; }
  void set_priority_group(uint32_t value);

  // A pending bit was set since the last call (for SCR.SEVONPEND).
  bool take_new_pending();

  // Words; `address` in [kBase, kEnd).
  uint32_t read(uint32_t address) const;
  void write(uint32_t address, uint32_t value);

 private:
  using Bits = std::bitset<kExceptions>;
  std::optional<uint32_t> take_candidate(const CpuState& cpu) const;
  int grouped(int priority) const;
  void update();
  uint32_t word(const Bits& bits, uint32_t index) const;

  uint32_t priority_mask_;
  bool has_groups_;
  uint32_t priority_group_ = 0;
  Bits enabled_, pending_, active_, lines_;
  std::array<int16_t, kExceptions> priorities_{};
  uint32_t candidate_ = 0;  // vector_pending(), kept up to date
  int active_priority_ = kThreadPriority;
  bool new_pending_ = false;
};

}  // namespace thimble::sim
