#include "sim/run/thumb.h"

#include <cstring>

namespace thimble::sim {
namespace {

uint16_t halfword(std::span<const std::byte> code, size_t offset) {
  uint16_t value = 0;
  std::memcpy(&value, code.data() + offset, sizeof(value));
  return value;
}

// Armv7-M Architecture Reference Manual, section A5.1.
bool is_wide(uint16_t first_halfword) {
  return first_halfword >= 0xE800;
}

}  // namespace

std::optional<size_t> find_floating_point(std::span<const std::byte> code) {
  for (size_t at = 0; at + 4 <= code.size();) {
    const uint16_t first = halfword(code, at);
    // 111x11xx... is an instruction for the coprocessor in bits 8 to 11 of the second halfword; the
    // floating-point unit is coprocessors 10 and 11.
    if ((first & 0xEC00) == 0xEC00) {
      const unsigned coprocessor = (halfword(code, at + 2) >> 8) & 15;
      if (coprocessor == 10 || coprocessor == 11) return at;
    }
    at += is_wide(first) ? 4 : 2;
  }
  return std::nullopt;
}

bool ends_with_call(std::span<const std::byte> code) {
  const size_t size = code.size();
  if (size < 2) return false;
  const uint16_t last = halfword(code, size - 2);
  const bool is_blx_register = (last & 0xFF87) == 0x4780;
  if (is_blx_register || size < 4) return is_blx_register;
  return (halfword(code, size - 4) & 0xF800) == 0xF000 && (last & 0xD000) == 0xD000;
}

}  // namespace thimble::sim
