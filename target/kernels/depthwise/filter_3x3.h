// One channel of a 3x3 depthwise convolution: its filter and how its sums become outputs.
//
// An image is seen along two axes: u, the direction in which a kernel walks, and v across it.
// Either may be the image's rows or its columns.
#pragma once

#include <stdint.h>

#include "runtime/mac_dsp.h"

namespace thimble::kernels {

struct Rescaling {
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

// Sums are multiples of kScale: 2 for quick_output, where SMMLAR wants them doubled, 1 for
// requantize_generally.
template <int kScale>
inline Rescaling read_rescaling(const DspOutput& output, const int32_t* channel) {
  const int32_t shift = (channel[kExponent] - 1) & 31;
  const auto zero_point = static_cast<uint32_t>(2 * output.output_zero_point + 1);
  return {static_cast<int32_t>(static_cast<uint32_t>(channel[kBias]) * kScale),
          channel[kMultiplier], static_cast<int32_t>(zero_point << shift), shift};
}

// Two weights, times kScale, in one word. A filter is 9 bytes, v fastest.
template <int kScale>
inline uint32_t weight_pair(const int8_t* weights, int low, int high) {
  return simd::pack_low(static_cast<uint32_t>(weights[low] * kScale),
                        static_cast<uint32_t>(weights[high] * kScale));
}

// A doubled sum to an output. The sign term rounds halves away from zero; where the zero point is
// -128 negative sums end there with or without it.
inline int32_t quick_output(const Rescaling& r, int32_t sum) {
  const int32_t scaled = simd::smmlar(sum, r.multiplier, r.rounding + (sum >> 31));
  return simd::saturate_s8((scaled >> r.shift) >> 1);
}

// The outputs of one channel that a walk writes: pairs in v, perhaps a single one behind them, at
// some positions in u.
struct Outputs {
  int8_t* first;
  int32_t u_step, v_step;  // bytes
  int32_t positions, pairs, singles;
};

}  // namespace thimble::kernels
