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

// Of a quick channel. Sums are doubled, as SMMLAR wants them.
inline Rescaling read_rescaling(const DspOutput& output, const int32_t* channel) {
  const int32_t shift = channel[kExponent] - 1;
  const auto zero_point = static_cast<uint32_t>(2 * output.output_zero_point + 1);
  return {static_cast<int32_t>(static_cast<uint32_t>(channel[kBias]) * 2), channel[kMultiplier],
          static_cast<int32_t>(zero_point << shift), shift};
}

// The weights of a channel by position in u and v, as they follow each other in memory.
struct Weights {
  int32_t w00, w01, w02, w10, w11, w12, w20, w21, w22;
};

inline Weights read_weights(const int8_t* from) {
  Weights r;
#if defined(THIMBLE_DSP)
  // All together, because each load hides the delay of the one before.
  __asm__(
      "ldrsb.w %[w00], [%[from]]\n\t"
      "ldrsb.w %[w01], [%[from], #1]\n\t"
      "ldrsb.w %[w02], [%[from], #2]\n\t"
      "ldrsb.w %[w10], [%[from], #3]\n\t"
      "ldrsb.w %[w11], [%[from], #4]\n\t"
      "ldrsb.w %[w12], [%[from], #5]\n\t"
      "ldrsb.w %[w20], [%[from], #6]\n\t"
      "ldrsb.w %[w21], [%[from], #7]\n\t"
      "ldrsb.w %[w22], [%[from], #8]"
      : [w00] "=&r"(r.w00), [w01] "=&r"(r.w01), [w02] "=&r"(r.w02), [w10] "=&r"(r.w10),
        [w11] "=&r"(r.w11), [w12] "=&r"(r.w12), [w20] "=&r"(r.w20), [w21] "=&r"(r.w21),
        [w22] "=&r"(r.w22)
      : [from] "r"(from)
      : "memory");
#else
  r = {from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7], from[8]};
#endif
  return r;
}

// Two weights, times 2^kShift, in one word.
template <int kShift>
inline uint32_t weight_pair(int32_t low, int32_t high) {
  const uint32_t bottom = static_cast<uint32_t>(low) << kShift;
#if defined(THIMBLE_DSP)
  uint32_t result;
  __asm__("pkhbt %0, %1, %2, lsl %3" : "=r"(result) : "r"(bottom), "r"(high), "i"(16 + kShift));
  return result;
#else
  return simd::pack_low(bottom, static_cast<uint32_t>(high) << kShift);
#endif
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
