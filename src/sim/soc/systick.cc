#include "sim/soc/systick.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kEnable = 1u << 0;
constexpr uint32_t kTickInterrupt = 1u << 1;
constexpr uint32_t kProcessorClock = 1u << 2;
constexpr uint32_t kCountFlag = 1u << 16;
constexpr uint32_t kMask = 0x00FFFFFF;
// The other clock source of STM32 parts is HCLK / 8 (PM0214 and its relatives).
constexpr uint64_t kExternalDivider = 8;
// NOREF and SKEW: no reference clock is promised and TENMS is not exact.
constexpr uint32_t kCalibrationValue = 0xC0000000;

}  // namespace

bool SysTick::enabled() const {
  return control_ & kEnable;
}

uint64_t SysTick::cycles_per_tick() const {
  return control_ & kProcessorClock ? 1 : kExternalDivider;
}

// The counter goes value, value - 1, ..., 0, reload, ..., 0, reload, ...; it counts as having
// reached zero when it goes from 1 to 0.
bool SysTick::settle(uint64_t now) {
  if (!enabled()) {
    anchor_cycles_ = now;
    return false;
  }
  if (now <= anchor_cycles_) return false;
  const uint64_t ticks = (now - anchor_cycles_) / cycles_per_tick();
  if (ticks == 0) return false;
  anchor_cycles_ += ticks * cycles_per_tick();
  bool reached_zero = value_ > 0 && ticks >= value_;
  if (ticks <= value_) {
    value_ -= static_cast<uint32_t>(ticks);
  } else if (reload_ == 0) {
    value_ = 0;
  } else {
    const uint64_t since_zero = ticks - value_;
    const uint64_t period = uint64_t{reload_} + 1;
    reached_zero |= since_zero >= period;
    value_ = static_cast<uint32_t>((period - since_zero % period) % period);
  }
  count_flag_ |= reached_zero;
  return reached_zero && (control_ & kTickInterrupt);
}

uint64_t SysTick::next_event() const {
  if (!enabled() || !(control_ & kTickInterrupt)) return UINT64_MAX;
  if (value_ > 0) return anchor_cycles_ + value_ * cycles_per_tick();
  if (reload_ == 0) return UINT64_MAX;
  return anchor_cycles_ + (uint64_t{reload_} + 1) * cycles_per_tick();
}

uint32_t SysTick::read(uint32_t address) {
  switch (address) {
    case kControl: {
      const uint32_t value = control_ | (count_flag_ ? kCountFlag : 0);
      count_flag_ = false;
      return value;
    }
    case kReload:
      return reload_;
    case kValue:
      return value_;
    default:
      return kCalibrationValue;
  }
}

void SysTick::write(uint32_t address, uint32_t value) {
  switch (address) {
    case kControl:
      control_ = value & (kEnable | kTickInterrupt | kProcessorClock);
      break;
    case kReload:
      reload_ = value & kMask;
      break;
    case kValue:  // any value clears it
      value_ = 0;
      count_flag_ = false;
      break;
    default:
      break;
  }
}

}  // namespace thimble::sim
