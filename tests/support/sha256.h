// SHA-256 (FIPS 180-4), to compare tensors with the golden files.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace thimble::testing {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace thimble::testing
