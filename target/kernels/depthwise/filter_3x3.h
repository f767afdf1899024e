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

// The weights are 9 bytes, v fastest. Sums are multiples of kScale: 2 for quick_output, where
// SMMLAR wants them doubled, 1 for requantize_generally.
template <int kScale>
inline Filter3x3 read_filter(const DspOutput& output, const int32_t* channel,
                             const int8_t* weights) {
  const auto at = [weights](int i) { return static_cast<uint32_t>(weights[i] * kScale); };
  const uint32_t w1 = at(1), w4 = at(4), w7 = at(7);
  Filter3x3 filter;
  filter.first[0] = simd::pack_low(at(0), w1);
  filter.first[1] = simd::pack_low(at(3), w4);
  filter.first[2] = simd::pack_low(at(6), w7);
  filter.second[0] = simd::pack_low(w1, at(2));
  filter.second[1] = simd::pack_low(w4, at(5));
  filter.second[2] = simd::pack_low(w7, at(8));
  filter.bias = static_cast<int32_t>(static_cast<uint32_t>(channel[kBias]) * kScale);
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
