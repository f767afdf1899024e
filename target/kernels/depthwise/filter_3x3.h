// One channel of a 3x3 depthwise convolution: its filter, its requantization, and single outputs.
//
// An image is seen along two axes: u, the direction in which a kernel walks, and v across it.
// Either may be the image's rows or its columns. Inputs are words of two halfwords, neighbours in
// v; see Lines in stripe.h.
#pragma once

#include <stdint.h>

#include "runtime/mac_dsp.h"

namespace thimble::kernels {

struct Filter3x3 {
  uint32_t first[3];   // by position in u: the weights of v = 0 and 1
  uint32_t second[3];  // v = 1 and 2
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;  // half of what is shifted out, and the zero point
  int32_t shift;     // to the right, but for the last bit
};

// Whether a channel's outputs come from quick_output. The bound on the exponent keeps the sum with
// the rounding below 2^31.
inline bool is_quick(const int32_t* channel) {
  return channel[kExponent] > 0 && channel[kExponent] <= 22;
}

// The weights are 9 bytes, v fastest. Sums are multiples of `scale`: 2 for quick_output, where
// SMMLAR wants them doubled, 1 for requantize_generally.
inline Filter3x3 read_filter(const DspOutput& output, const int32_t* channel, const int8_t* weights,
                             int32_t scale) {
  Filter3x3 filter;
  for (int u = 0; u < 3; ++u, weights += 3) {
    const auto low = static_cast<uint32_t>(weights[0] * scale);
    const auto middle = static_cast<uint32_t>(weights[1] * scale);
    const auto high = static_cast<uint32_t>(weights[2] * scale);
    filter.first[u] = simd::pack_low(low, middle);
    filter.second[u] = simd::pack_low(middle, high);
  }
  filter.bias =
      static_cast<int32_t>(static_cast<uint32_t>(channel[kBias]) * static_cast<uint32_t>(scale));
  filter.multiplier = channel[kMultiplier];
  filter.shift = (channel[kExponent] - 1) & 31;
  filter.rounding =
      static_cast<int32_t>(static_cast<uint32_t>(2 * output.output_zero_point + 1) << filter.shift);
  return filter;
}

// A doubled sum to an output. The sign term rounds halves away from zero; where the zero point is
// -128 negative sums end there with or without it.
inline int32_t quick_output(const Filter3x3& filter, int32_t sum) {
  const int32_t scaled = simd::smmlar(sum, filter.multiplier, filter.rounding + (sum >> 31));
  return simd::saturate_s8((scaled >> filter.shift) >> 1);
}

}  // namespace thimble::kernels
