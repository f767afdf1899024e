#include "sim/soc/dwt.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kCycleCountEnable = 1u << 0;
constexpr uint32_t kComparators = 0xFu << 28;  // NUMCOMP
constexpr uint32_t kFourComparators = 4u << 28;
constexpr uint32_t kTwoComparators = 2u << 28;
constexpr uint32_t kReadOnly = 0xFu << 24;  // what is not implemented

}  // namespace

bool Dwt::runs() const {
  return has_cycle_counter_ && trace_enabled_ && (control_ & kCycleCountEnable);
}

void Dwt::set_trace_enabled(bool enabled, uint64_t now) {
  set_cycle_count(cycle_count(now), now);
  trace_enabled_ = enabled;
}

uint32_t Dwt::control() const {
  return control_ | (has_cycle_counter_ ? kFourComparators : kTwoComparators);
}

void Dwt::set_control(uint32_t value, uint64_t now) {
  set_cycle_count(cycle_count(now), now);
  control_ = value & ~(kComparators | kReadOnly);
}

uint32_t Dwt::cycle_count(uint64_t now) const {
  return runs() ? base_ + static_cast<uint32_t>(now - start_) : base_;
}

void Dwt::set_cycle_count(uint32_t value, uint64_t now) {
  base_ = has_cycle_counter_ ? value : 0;
  start_ = now;
}

}  // namespace thimble::sim
