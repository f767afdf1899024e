// A small deterministic generator (SplitMix64; Steele, Lea, Flood 2014): same seed, same numbers on
// every machine, unlike the distributions of <random>.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace thimble::base {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Uniform integer in [low, high]; the bias of the modulo is below 2^-32 for the ranges we use.
  int64_t integer(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % (static_cast<uint64_t>(high - low) + 1));
  }

  // Uniform in [low, high).
  float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(next() >> 40) * 0x1p-24f);
  }

  // Standard normal (Box and Muller 1958).
  float normal() {
    double u = (static_cast<double>(next() >> 11) + 1) * 0x1p-53;
    double v = static_cast<double>(next() >> 11) * 0x1p-53;
    return static_cast<float>(std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v));
  }

 private:
  uint64_t state_;
};

}  // namespace thimble::base
