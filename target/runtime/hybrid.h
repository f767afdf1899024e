// Layers with float activations and int8 weights: the input is quantized at run time, the sums are
// integers. The same arithmetic in the same order as on the host (src/ops/hybrid.h), so that both
// get the same integers.
#pragma once

#include <stdint.h>

#include "runtime/requantize.h"

namespace thimble::kernels {

// Part of the parameters of every hybrid kernel.
struct Hybrid : FloatRange {
  const int8_t* weights;
  const float* weight_scales;  // one per output channel
  const int32_t* weight_sums;  // of the weights of each output channel; null: the sums need no
                               // correction for the input's zero point
  const float* bias;           // null: none
};

// x ~= scale * (quantized - zero_point)
struct HybridScale {
  float scale;
  int32_t zero_point;
};

// Rounded to nearest, halves away from zero, within [low, 127]; what is not a number becomes `low`.
inline int8_t to_int8(float x, int32_t low) {
  if (!(x > static_cast<float>(low))) return static_cast<int8_t>(low);
  if (x >= 127.0f) return 127;
  const auto whole = static_cast<int32_t>(x);
  const float rest = x - static_cast<float>(whole);
  const int32_t rounded = rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
  return static_cast<int8_t>(fixed_point::clamp(rounded, low, 127));
}

inline HybridScale quantize(const float* x, int32_t count, bool asymmetric, int8_t* quantized) {
  float low = 0, high = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
  }
  if (low == high) {
    for (int32_t i = 0; i < count; ++i) quantized[i] = 0;
    return {1.0f, 0};
  }
  if (!asymmetric) {
    const float range = -low > high ? -low : high;
    const float inverse = 127.0f / range;
    for (int32_t i = 0; i < count; ++i) quantized[i] = to_int8(x[i] * inverse, -127);
    return {range / 127.0f, 0};
  }
  const float scale = (high - low) / 255.0f;
  const float zero = -low < high ? -128.0f - low / scale : 127.0f - high / scale;
  const int8_t zero_point = to_int8(zero, -128);
  const float inverse = 1.0f / scale;
  for (int32_t i = 0; i < count; ++i) {
    // volatile: fusing multiplication and addition would round once and give other integers.
    volatile float scaled = x[i] * inverse;
    quantized[i] = to_int8(static_cast<float>(zero_point) + scaled, -128);
  }
  return {scale, zero_point};
}

// What the kernels do with a sum of quantized input times weight, padding included.
inline auto store_hybrid(const Hybrid& p, const HybridScale& input, float* output) {
  return [&p, input, output](int32_t index, int32_t channel, uint32_t sum) {
    if (p.weight_sums)
      sum -=
          static_cast<uint32_t>(input.zero_point) * static_cast<uint32_t>(p.weight_sums[channel]);
    float value = static_cast<float>(as_signed(sum)) * (input.scale * p.weight_scales[channel]);
    if (p.bias) value += p.bias[channel];
    output[index] = clamp(p, value);
  };
}

}  // namespace thimble::kernels
