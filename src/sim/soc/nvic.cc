#include "sim/soc/nvic.h"

#include <algorithm>

namespace thimble::sim {
namespace {

constexpr uint32_t kSetEnable = 0xE000E100;
constexpr uint32_t kClearEnable = 0xE000E180;
constexpr uint32_t kSetPending = 0xE000E200;
constexpr uint32_t kClearPending = 0xE000E280;
constexpr uint32_t kActiveBits = 0xE000E300;
constexpr uint32_t kPriorities = 0xE000E400;
constexpr uint32_t kBankBytes = 0x80;
constexpr uint32_t kInterrupts = Nvic::kExceptions - kFirstInterrupt;

bool in_bank(uint32_t address, uint32_t bank) {
  return address - bank < kBankBytes;
}

}  // namespace

Nvic::Nvic(uint32_t priority_bits, bool has_groups)
    : priority_mask_(0xFFu & ~(0xFFu >> priority_bits)), has_groups_(has_groups) {
  priorities_[kReset] = -3;
  priorities_[kNmi] = -2;
  priorities_[kHardFault] = -1;
  for (uint32_t number :
       {kReset, kNmi, kHardFault, kSupervisorCall, kDebugMonitor, kPendSv, kSysTickException})
    enabled_.set(number);
}

int Nvic::grouped(int priority) const {
  if (priority < 0) return priority;
  return priority & static_cast<int>(0xFFu & ~((2u << priority_group_) - 1));
}

int Nvic::execution_priority(const CpuState& cpu) const {
  int priority = active_priority_;
  if (cpu.basepri != 0) priority = std::min(priority, grouped(static_cast<int>(cpu.basepri)));
  if (cpu.primask) priority = std::min(priority, 0);
  if (cpu.faultmask) priority = std::min(priority, -1);
  return priority;
}

int Nvic::active_priority(uint32_t except) const {
  int result = kThreadPriority;
  for (uint32_t number = 1; number < kExceptions; ++number)
    if (active_[number] && number != except) result = std::min(result, group_priority(number));
  return result;
}

std::optional<uint32_t> Nvic::take_candidate(const CpuState& cpu) const {
  if (group_priority(candidate_) >= execution_priority(cpu)) return std::nullopt;
  return candidate_;
}

bool Nvic::wakes(const CpuState& cpu) const {
  if (candidate_ == 0) return false;
  CpuState unmasked = cpu;
  unmasked.primask = 0;
  return take_candidate(unmasked).has_value();
}

void Nvic::set_pending(uint32_t number) {
  if (number == 0 || number >= kExceptions || pending_[number]) return;
  pending_.set(number);
  new_pending_ = true;
  update();
}

void Nvic::clear_pending(uint32_t number) {
  if (number >= kExceptions || !pending_[number]) return;
  // A line that is still high pends at once.
  pending_.set(number, lines_[number] && !active_[number]);
  update();
}

void Nvic::set_line(uint32_t number, bool high) {
  if (lines_[number] == high) return;
  lines_.set(number, high);
  if (high) set_pending(number);
}

void Nvic::activate(uint32_t number) {
  pending_.reset(number);
  active_.set(number);
  update();
}

void Nvic::deactivate(uint32_t number) {
  active_.reset(number);
  if (lines_[number]) pending_.set(number);
  update();
}

void Nvic::set_active(uint32_t number, bool active) {
  active_.set(number, active);
  update();
}

void Nvic::set_enabled(uint32_t number, bool enabled) {
  enabled_.set(number, enabled);
  update();
}

bool Nvic::interrupt_pending() const {
  return (pending_ >> kFirstInterrupt).any();
}

void Nvic::set_priority(uint32_t number, uint32_t value) {
  if (number < kMemoryFault || number >= kExceptions) return;
  priorities_[number] = static_cast<int16_t>(value & priority_mask_);
  update();
}

void Nvic::set_priority_group(uint32_t value) {
  if (!has_groups_) return;
  priority_group_ = value & 7;
  update();
}

bool Nvic::take_new_pending() {
  const bool result = new_pending_;
  new_pending_ = false;
  return result;
}

// The lowest number wins among equals.
void Nvic::update() {
  candidate_ = 0;
  const Bits ready = pending_ & enabled_;
  for (size_t number = ready._Find_first(); number < kExceptions; number = ready._Find_next(number))
    if (candidate_ == 0 || priorities_[number] < priorities_[candidate_])
      candidate_ = static_cast<uint32_t>(number);
  active_priority_ = active_priority();
}

uint32_t Nvic::word(const Bits& bits, uint32_t index) const {
  uint32_t result = 0;
  for (uint32_t bit = 0; bit < 32; ++bit) {
    const uint32_t interrupt = index * 32 + bit;
    if (interrupt < kInterrupts && bits[kFirstInterrupt + interrupt]) result |= 1u << bit;
  }
  return result;
}

uint32_t Nvic::read(uint32_t address) const {
  if (address >= kPriorities) {
    uint32_t result = 0;
    for (uint32_t i = 0; i < 4; ++i) {
      const uint32_t number = kFirstInterrupt + address - kPriorities + i;
      result |= static_cast<uint32_t>(priorities_[number]) << (8 * i);
    }
    return result;
  }
  const uint32_t index = (address % kBankBytes) / 4;
  if (in_bank(address, kSetEnable) || in_bank(address, kClearEnable)) return word(enabled_, index);
  if (in_bank(address, kSetPending) || in_bank(address, kClearPending))
    return word(pending_, index);
  return in_bank(address, kActiveBits) ? word(active_, index) : 0;
}

void Nvic::write(uint32_t address, uint32_t value) {
  if (address >= kPriorities) {
    for (uint32_t i = 0; i < 4; ++i)
      set_priority(kFirstInterrupt + address - kPriorities + i, value >> (8 * i) & 0xFF);
    return;
  }
  const uint32_t index = (address % kBankBytes) / 4;
  for (uint32_t bit = 0; bit < 32; ++bit) {
    const uint32_t interrupt = index * 32 + bit;
    if (!(value >> bit & 1) || interrupt >= kInterrupts) continue;
    const uint32_t number = kFirstInterrupt + interrupt;
    if (in_bank(address, kSetEnable)) set_enabled(number, true);
    if (in_bank(address, kClearEnable)) set_enabled(number, false);
    if (in_bank(address, kSetPending)) set_pending(number);
    if (in_bank(address, kClearPending)) clear_pending(number);
  }
}

}  // namespace thimble::sim
