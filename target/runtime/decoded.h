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

}  // namespace thimble::kernels
