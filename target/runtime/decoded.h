// Layers with float arithmetic and int8 weights: a weight becomes a float where it is used. Its
// scale is the same for all products of a channel, so the sum takes it instead of every weight.
#pragma once

#include <stdint.h>

#include "runtime/requantize.h"

namespace thimble::kernels {

// Part of the parameters of every kernel that decodes weights.
struct Decoded : FloatRange {
  const int8_t* weights;
  const float* weight_scales;  // one per output channel
  const float* bias;           // null: none
};

// What the kernels do with a sum of input times integer weight.
inline auto store_decoded(const Decoded& p, float* output) {
  return [&p, output](int32_t index, int32_t channel, float sum) {
    float value = sum * p.weight_scales[channel];
    if (p.bias) value += p.bias[channel];
    output[index] = clamp(p, value);
  };
}

// Weights of four channels side by side, `count` times, with their scales.
inline void decode_fours(const int8_t* weights, const float* scales, int32_t count,
                         float* decoded) {
  const float a = scales[0], b = scales[1], c = scales[2], d = scales[3];
  for (; count > 0; --count, weights += 4, decoded += 4) {
    // All are read before the first is written: a run of loads costs one stall.
    const int32_t wa = weights[0], wb = weights[1], wc = weights[2], wd = weights[3];
    const float fa = static_cast<float>(wa) * a, fb = static_cast<float>(wb) * b;
    const float fc = static_cast<float>(wc) * c, fd = static_cast<float>(wd) * d;
    decoded[0] = fa;
    decoded[1] = fb;
    decoded[2] = fc;
    decoded[3] = fd;
  }
}

}  // namespace thimble::kernels
