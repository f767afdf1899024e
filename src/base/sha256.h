// SHA-256 (FIPS 180-4), to name files and results by their content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::base {

// Of what comes in parts.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);

  // 64 lower-case hexadecimal digits of all that was added.
  std::string hex() const;

 private:
  // FIPS 180-4, section 5.3.3.
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::vector<std::byte> rest_;  // less than a block, not yet in the state
  uint64_t size_bytes_ = 0;
};

std::string sha256_hex(std::span<const std::byte> bytes);
inline std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text)));
}

}  // namespace thimble::base
