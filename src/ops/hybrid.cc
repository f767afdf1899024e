#include "ops/hybrid.h"

#include <algorithm>
#include <cmath>

namespace thimble::ops {
namespace {

// What is not a number becomes `low`.
int8_t to_int8(float x, float low) {
  const float rounded = std::round(x);
  return static_cast<int8_t>(rounded > low ? std::min(rounded, 127.0f) : low);
}

}  // namespace

HybridInput quantize_hybrid_input(std::span<const float> x, HybridScheme scheme) {
  HybridInput result;
  result.values.resize(x.size());
  float low = 0, high = 0;
  for (float value : x) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low == high) return result;  // all zero

  if (scheme == HybridScheme::kSymmetric) {
    const float range = std::max(-low, high);
    result.scale = range / 127.0f;
    const float inverse = 127.0f / range;
    std::ranges::transform(x, result.values.begin(),
                           [&](float value) { return to_int8(value * inverse, -127.0f); });
    return result;
  }
  result.scale = (high - low) / 255.0f;
  const float from_low = -128.0f - low / result.scale;
  const float from_high = 127.0f - high / result.scale;
  const float zero_point = -low < high ? from_low : from_high;
  result.zero_point = to_int8(zero_point, -128.0f);
  const float inverse = 1.0f / result.scale;
  std::ranges::transform(x, result.values.begin(), [&](float value) {
    return to_int8(static_cast<float>(result.zero_point) + value * inverse, -128.0f);
  });
  return result;
}

}  // namespace thimble::ops
