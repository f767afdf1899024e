#include "sim/soc/itm.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kPorts = 32;
constexpr uint32_t kPortsEnabled = 0xE0000E00;
constexpr uint32_t kControl = 0xE0000E80;
constexpr uint32_t kItmEnable = 1u << 0;
constexpr size_t kMaxTextBytes = size_t{16} << 20;

}  // namespace

bool Itm::port_enabled(uint32_t port) const {
  return trace_enabled_ && (control_ & kItmEnable) && (ports_enabled_ >> port & 1);
}

uint32_t Itm::read(uint32_t address) const {
  const uint32_t port = (address - kBase) / 4;
  if (port < kPorts) return port_enabled(port);  // room for another write
  if (address == kPortsEnabled) return ports_enabled_;
  return address == kControl ? control_ : 0;
}

void Itm::write(uint32_t address, uint32_t bytes, uint32_t value) {
  if (address == kPortsEnabled) ports_enabled_ = value;
  if (address == kControl) control_ = value;
  if (address != kBase || !port_enabled(0)) return;
  for (uint32_t i = 0; i < bytes && text_.size() < kMaxTextBytes; ++i)
    text_ += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace thimble::sim
