// value * numerator / denominator without overflow on the way.
#pragma once

#include <cstdint>

namespace thimble::sim {

__extension__ typedef unsigned __int128 Wide;

// Rounded down. The result must fit.
inline uint64_t scaled(uint64_t value, uint64_t numerator, uint64_t denominator) {
  return static_cast<uint64_t>(static_cast<Wide>(value) * numerator / denominator);
}

// Rounded up.
inline uint64_t scaled_up(uint64_t value, uint64_t numerator, uint64_t denominator) {
  return static_cast<uint64_t>((static_cast<Wide>(value) * numerator + denominator - 1) /
                               denominator);
}

}  // namespace thimble::sim
