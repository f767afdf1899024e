// Run-time quantization of a float input, for layers with int8 weights.
//
// Source: TensorFlow Lite's dynamic-range quantization. All arithmetic is in float, in this order,
// so that the target's version (target/runtime/hybrid.h) makes the same integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace thimble::ops {

enum class HybridScheme {
  kSymmetric,   // scale = max|x| / 127, zero point 0
  kAsymmetric,  // the range [min(x, 0), max(x, 0)] on [-128, 127]
};

// x ~= scale * (value - zero_point)
struct HybridInput {
  std::vector<int8_t> values;
  float scale = 1;
  int32_t zero_point = 0;
};

HybridInput quantize_hybrid_input(std::span<const float> x, HybridScheme scheme);

}  // namespace thimble::ops
