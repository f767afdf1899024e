// SHA-256 (FIPS 180-4), to name files and results by their content.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace thimble::base {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);
inline std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text)));
}

}  // namespace thimble::base
