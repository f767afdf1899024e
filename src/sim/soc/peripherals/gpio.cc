#include "sim/soc/peripherals/gpio.h"

#include <bit>

namespace thimble::sim {
namespace {

// Offsets in a port of an STM32 (RM0432) and of an nRF, counted from its OUT register
// less 4 (nRF52840 Product Specification).
struct Offsets {
  uint32_t input, output, set_and_reset, set, clear;
};
constexpr uint32_t kNowhere = 0xFFFFFFFF;
constexpr Offsets kStm32Offsets{0x10, 0x14, 0x18, kNowhere, 0x28};
constexpr Offsets kNordicOffsets{0x10, 0x04, kNowhere, 0x08, 0x0C};
constexpr uint32_t kStm32Pins = 16;
constexpr uint32_t kNordicPins = 32;

const Offsets& offsets_of(GpioKind kind) {
  return kind == GpioKind::kStm32 ? kStm32Offsets : kNordicOffsets;
}

}  // namespace

Gpio::Gpio(const GpioPlace& place) : place_(place), levels_(place.ports) {}

std::optional<Gpio::Location> Gpio::locate(uint32_t address) const {
  const uint32_t distance = address - place_.base;
  if (place_.kind == GpioKind::kNone || distance >= place_.ports * place_.stride_bytes)
    return std::nullopt;
  return Location{distance / place_.stride_bytes, distance % place_.stride_bytes};
}

std::optional<uint32_t> Gpio::read(uint32_t address) const {
  const auto location = locate(address);
  if (!location) return std::nullopt;
  const Offsets& offsets = offsets_of(place_.kind);
  const uint32_t offset = location->offset;
  if (offset == offsets.set_and_reset) return 0;
  const bool reads_levels =
      offset == offsets.input || offset == offsets.output ||
      (place_.kind == GpioKind::kNordic && (offset == offsets.set || offset == offsets.clear));
  if (reads_levels) return levels_[location->port];
  return std::nullopt;
}

bool Gpio::is_command(uint32_t address) const {
  const auto location = locate(address);
  if (!location) return false;
  const Offsets& offsets = offsets_of(place_.kind);
  return location->offset == offsets.set_and_reset || location->offset == offsets.set ||
         location->offset == offsets.clear;
}

bool Gpio::write(uint32_t address, uint32_t value, uint64_t now) {
  const auto location = locate(address);
  if (!location) return false;
  const Offsets& offsets = offsets_of(place_.kind);
  const auto [port, offset] = *location;
  uint32_t levels = levels_[port];
  if (offset == offsets.output) {
    levels = value;
  } else if (offset == offsets.set_and_reset) {  // setting wins
    levels = (levels & ~(value >> kStm32Pins)) | (value & 0xFFFF);
  } else if (offset == offsets.set) {
    levels |= value;
  } else if (offset == offsets.clear) {
    levels &= ~value;
  } else {
    return false;
  }
  set_port(port, place_.kind == GpioKind::kStm32 ? levels & 0xFFFF : levels, now);
  return true;
}

void Gpio::set_port(uint32_t port, uint32_t levels, uint64_t now) {
  const uint32_t pins = place_.kind == GpioKind::kStm32 ? kStm32Pins : kNordicPins;
  for (uint32_t changed = levels ^ levels_[port]; changed != 0; changed &= changed - 1) {
    const auto pin = static_cast<uint32_t>(std::countr_zero(changed));
    if (edges_.size() < kMaxEdges)
      edges_.push_back({now, static_cast<uint16_t>(port * pins + pin), (levels >> pin & 1) != 0});
  }
  levels_[port] = levels;
}

}  // namespace thimble::sim
