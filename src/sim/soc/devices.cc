#include "sim/soc/devices.h"

namespace thimble::sim {
namespace {

// Armv7-M Architecture Reference Manual (DDI 0403E), sections B3.2, B3.3, C1.6 and C1.8.
constexpr uint32_t kDwtControl = 0xE0001000;
constexpr uint32_t kDwtCycleCount = 0xE0001004;
constexpr uint32_t kSystickControl = 0xE000E010;
constexpr uint32_t kSystickReload = 0xE000E014;
constexpr uint32_t kSystickValue = 0xE000E018;
constexpr uint32_t kCoprocessorAccess = 0xE000ED88;
constexpr uint32_t kDebugExceptionControl = 0xE000EDFC;

constexpr uint32_t kCycleCountEnable = 1u << 0;
constexpr uint32_t kTraceEnable = 1u << 24;
constexpr uint32_t kSystickEnable = 1u << 0;
constexpr uint32_t kSystickCountFlag = 1u << 16;
constexpr uint32_t kSystickMask = 0x00FFFFFF;
constexpr uint32_t kFloatingPointAccess = 0xFu << 20;

// A program that writes to ever new addresses must not take the host's memory.
constexpr size_t kMaxStoredRegisters = size_t{1} << 20;

}  // namespace

uint32_t Devices::read(uint32_t address, uint32_t bytes) {
  const uint32_t shift = (address & 3) * 8;
  const uint32_t value = read_register(address & ~3u) >> shift;
  return bytes >= 4 ? value : value & ((1u << (bytes * 8)) - 1);
}

void Devices::write(uint32_t address, uint32_t bytes, uint32_t value) {
  const uint32_t word_address = address & ~3u;
  if (bytes >= 4) return write_register(word_address, value);
  const uint32_t shift = (address & 3) * 8;
  const uint32_t mask = ((1u << (bytes * 8)) - 1) << shift;
  write_register(word_address, (read_register(word_address) & ~mask) | ((value << shift) & mask));
}

bool Devices::fpu_enabled() const {
  return has_fpu_ && (stored(kCoprocessorAccess) & kFloatingPointAccess) == kFloatingPointAccess;
}

uint32_t Devices::stored(uint32_t address) const {
  const auto found = registers_.find(address);
  return found == registers_.end() ? 0 : found->second;
}

uint32_t Devices::read_register(uint32_t address) {
  switch (address) {
    case kDwtCycleCount:
      return cycle_counter();
    case kSystickControl:
      return read_systick_control();
    case kSystickValue:
      return systick_value();
    default:
      return stored(address);
  }
}

void Devices::write_register(uint32_t address, uint32_t value) {
  if (address == kDwtControl || address == kDebugExceptionControl || address == kDwtCycleCount) {
    cycle_counter_base_ = address == kDwtCycleCount ? value : cycle_counter();
    cycle_counter_start_ = now_();
  }
  if (address == kSystickControl || address == kSystickValue) {
    systick_start_ = now_();
    systick_wraps_seen_ = 0;
  }
  // Without a unit the access bits cannot be set.
  if (address == kCoprocessorAccess && !has_fpu_) value &= ~kFloatingPointAccess;
  if (registers_.size() < kMaxStoredRegisters || registers_.contains(address))
    registers_[address] = value;
}

bool Devices::cycle_counter_runs() const {
  return (stored(kDebugExceptionControl) & kTraceEnable) &&
         (stored(kDwtControl) & kCycleCountEnable);
}

uint32_t Devices::cycle_counter() const {
  if (!cycle_counter_runs()) return cycle_counter_base_;
  return cycle_counter_base_ + static_cast<uint32_t>(now_() - cycle_counter_start_);
}

uint64_t Devices::systick_ticks() const {
  return stored(kSystickControl) & kSystickEnable ? now_() - systick_start_ : 0;
}

uint32_t Devices::read_systick_control() {
  const uint64_t period = uint64_t{stored(kSystickReload) & kSystickMask} + 1;
  const uint64_t wraps = systick_ticks() / period;
  const bool wrapped = wraps > systick_wraps_seen_;
  systick_wraps_seen_ = wraps;
  const uint32_t control = stored(kSystickControl) & ~kSystickCountFlag;
  return wrapped ? control | kSystickCountFlag : control;
}

uint32_t Devices::systick_value() const {
  const uint32_t reload = stored(kSystickReload) & kSystickMask;
  return reload - static_cast<uint32_t>(systick_ticks() % (uint64_t{reload} + 1));
}

}  // namespace thimble::sim
