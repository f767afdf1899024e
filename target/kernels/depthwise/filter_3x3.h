// One channel of a 3x3 depthwise convolution: its filter and how its sums become outputs.
//
// An image is seen along two axes: u, the direction in which a kernel walks, and v across it.
// Either may be the image's rows or its columns.
#pragma once

#include <stdint.h>

#include "runtime/fixed_point.h"
#include "runtime/simd.h"

namespace thimble::kernels {

// What is known of a channel besides its weights, two words in a table: the multiplier, and the
// bias times 2^kCodeBits plus a code. The factor of a channel is multiplier * 2^(shift - 31). The
// code is the shift plus kAnyShift, or for a quick channel, whose sums are below 2^30, minus the
// shift: 1 to kMaxQuickShift, which keeps the sum with the rounding below 2^31.
constexpr int32_t kEntryWords = 2;
constexpr int32_t kCodeBits = 7;
constexpr int32_t kAnyShift = 64;
constexpr int32_t kMaxQuickShift = 22;

struct Entry {
  int32_t multiplier, bias, code;
};

inline Entry read_entry(const int32_t* words) {
  return {words[0], words[1] >> kCodeBits, words[1] & ((1 << kCodeBits) - 1)};
}

inline bool is_quick(const Entry& entry) {
  return entry.code <= kMaxQuickShift;
}

// How the sums of a quick channel become outputs. They are doubled, as SMMLAR wants them.
struct Rescaling {
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;  // half of what is shifted out, and the zero point
  int32_t shift;     // to the right, but for the last bit
};

inline Rescaling rescaling_of(const Entry& entry, int32_t zero_point) {
  const int32_t shift = entry.code - 1;
  const auto rounding = static_cast<uint32_t>(2 * zero_point + 1);
  return {entry.bias * 2, entry.multiplier, static_cast<int32_t>(rounding << shift), shift};
}

// A sum of any channel to an output, without the clamp to the activation's range.
inline __attribute__((noinline)) int32_t general_output(const Entry& entry, int32_t zero_point,
                                                        int32_t sum) {
  const int32_t shift = is_quick(entry) ? -entry.code : entry.code - kAnyShift;
  const int32_t scaled = fixed_point::rescale(sum, entry.multiplier, shift);
  return fixed_point::clamp(fixed_point::wrapping_add(scaled, zero_point), INT8_MIN, INT8_MAX);
}

// The weights of a channel by position in u and v, as they follow each other in memory.
struct Weights {
  int32_t w00, w01, w02, w10, w11, w12, w20, w21, w22;
};

// Bytes of a filter, with weights of four bits the last of them half empty.
template <bool kFourBits>
constexpr int32_t kFilterBytes = kFourBits ? 5 : 9;

// Two weights to a byte, the first in the lower half.
inline Weights read_nibbles(const int8_t* from) {
  const uint32_t word = simd::load_word(from);
  const auto at = [word](int32_t i) { return static_cast<int32_t>(word << (28 - 4 * i)) >> 28; };
  const auto last = static_cast<uint32_t>(from[4]);
  return {at(0), at(1), at(2),
          at(3), at(4), at(5),
          at(6), at(7), static_cast<int32_t>(last << 28) >> 28};
}

template <bool kFourBits>
inline Weights read_weights(const int8_t* from) {
  if constexpr (kFourBits) return read_nibbles(from);
#if defined(THIMBLE_DSP)
  // All together, because each load hides the delay of the one before.
  int32_t w00, w01, w02, w10, w11, w12, w20, w21, w22;
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
      : [w00] "=&r"(w00), [w01] "=&r"(w01), [w02] "=&r"(w02), [w10] "=&r"(w10), [w11] "=&r"(w11),
        [w12] "=&r"(w12), [w20] "=&r"(w20), [w21] "=&r"(w21), [w22] "=&r"(w22)
      : [from] "r"(from)
      : "memory");
  return {w00, w01, w02, w10, w11, w12, w20, w21, w22};
#else
  return {from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7], from[8]};
#endif
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
