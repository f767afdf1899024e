#include "sim/soc/peripherals/timer.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kControl = 0x00, kInterruptEnable = 0x0C, kStatus = 0x10, kEvent = 0x14,
                   kCounter = 0x24, kPrescaler = 0x28, kReload = 0x2C;
constexpr uint32_t kEnable = 1u << 0;
constexpr uint32_t kUpdateRequestSource = 1u << 2;
constexpr uint32_t kOnePulse = 1u << 3;
constexpr uint32_t kUpdate = 1u << 0;  // UIF, UIE, UG
constexpr uint32_t kPrescalerMask = 0xFFFF;

}  // namespace

Timer::Timer(const TimerPlace& place) : place_(place) {
  registers_[kReload / 4] = place_.counter_mask;
}

bool Timer::interrupt_line() const {
  return registers_[kStatus / 4] & registers_[kInterruptEnable / 4] & kUpdate;
}

// With a reload value of 0 the counter stands.
bool Timer::runs() const {
  return (registers_[kControl / 4] & kEnable) && registers_[kReload / 4] != 0;
}

void Timer::load_prescaler() {
  prescaler_ = registers_[kPrescaler / 4] & kPrescalerMask;
}

void Timer::settle(uint64_t now, uint32_t cycles_per_clock) {
  if (!runs() || now <= anchor_cycles_) {
    if (!runs()) anchor_cycles_ = now;
    cycles_per_clock_ = cycles_per_clock;
    return;
  }
  const uint64_t reload = registers_[kReload / 4];
  uint64_t ticks = (now - anchor_cycles_) / cycles_per_tick();
  // A counter that was set above the reload value first goes through all its values.
  const uint64_t last = count_ <= reload ? reload : place_.counter_mask;
  const uint64_t to_update = last - count_ + 1;
  anchor_cycles_ += ticks * cycles_per_tick();
  if (ticks < to_update) {
    count_ += static_cast<uint32_t>(ticks);
  } else {
    ticks -= to_update;
    registers_[kStatus / 4] |= kUpdate;
    if (registers_[kControl / 4] & kOnePulse) {
      registers_[kControl / 4] &= ~kEnable;
      count_ = 0;
    } else {
      count_ = static_cast<uint32_t>(ticks % (reload + 1));
    }
    load_prescaler();
  }
  cycles_per_clock_ = cycles_per_clock;
}

uint64_t Timer::next_event() const {
  if (!runs() || !(registers_[kInterruptEnable / 4] & kUpdate) ||
      (registers_[kStatus / 4] & kUpdate))
    return UINT64_MAX;
  const uint64_t reload = registers_[kReload / 4];
  const uint64_t last = count_ <= reload ? reload : place_.counter_mask;
  return anchor_cycles_ + (last - count_ + 1) * cycles_per_tick();
}

uint32_t Timer::read(uint32_t address) const {
  const uint32_t offset = (address - place_.base) & ~3u;
  return offset == kCounter ? count_ : registers_[offset / 4];
}

void Timer::write(uint32_t address, uint32_t value) {
  const uint32_t offset = (address - place_.base) & ~3u;
  switch (offset) {
    case kStatus:  // bits are cleared by writing 0
      registers_[kStatus / 4] &= value;
      return;
    case kEvent:
      if (!(value & kUpdate)) return;
      count_ = 0;
      load_prescaler();
      if (!(registers_[kControl / 4] & kUpdateRequestSource)) registers_[kStatus / 4] |= kUpdate;
      return;
    case kCounter:
      count_ = value & place_.counter_mask;
      return;
    case kReload:
      registers_[kReload / 4] = value & place_.counter_mask;
      return;
    default:
      registers_[offset / 4] = value;
  }
}

}  // namespace thimble::sim
