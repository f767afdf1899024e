// CRC-32 (the polynomial of zlib and PNG), to name constants and compare tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::base {
uint32_t crc32(std::span<const std::byte> bytes);
}  // namespace thimble::base
