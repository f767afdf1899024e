// Walks along u at stride 2 with one channel's filter.
//
// Inputs are pixel words, [position in u][row][channel]: five rows for two outputs in v, bytes
// loaded with their sign. Two positions at a time share the inputs between them.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/filter_3x3.h"
#include "kernels/depthwise/walk_assembly.h"

namespace thimble::kernels {

constexpr int32_t kRows = 5;        // of a pair
constexpr int32_t kPixelBytes = 4;  // of a stripe
constexpr int32_t kPositionBytes = kRows * kPixelBytes;

struct TapFilter {
  uint32_t taps[5];  // of two weights each, but for the last
};

// Times 2^kShift.
template <int kShift, bool kFourBits>
inline TapFilter read_tap_filter(const int8_t* weights) {
  const Weights f = read_weights<kFourBits>(weights);
  return {{weight_pair<kShift>(f.w00, f.w01), weight_pair<kShift>(f.w02, f.w10),
           weight_pair<kShift>(f.w11, f.w12), weight_pair<kShift>(f.w20, f.w21),
           static_cast<uint32_t>(f.w22) << kShift}};
}

// Outputs one by one: finish(sum). `in`: the channel's byte of the first row at the first position.
// One pair.
template <typename Finish>
inline void walk_singly_s2(const TapFilter& filter, int32_t bias, const int8_t* in,
                           const Outputs& outputs, Finish finish) {
  for (int32_t position = 0; position < outputs.positions; ++position)
    for (int32_t v = 0; v < 2; ++v) {
      const int8_t* x = in + 2 * (position * kPositionBytes + v * kPixelBytes);
      int32_t sum = bias;
      for (int tap = 0; tap < 9; ++tap) {
        const uint32_t weight = filter.taps[tap / 2] >> (tap % 2 * 16);
        const int32_t at = tap / 3 * kPositionBytes + tap % 3 * kPixelBytes;
        sum = simd::smlabb(static_cast<uint32_t>(x[at]), weight, sum);
      }
      outputs.first[position * outputs.u_step + v * outputs.v_step] =
          static_cast<int8_t>(finish(sum));
    }
}

#if defined(THIMBLE_WALKS)
// Registers:
//   t0-t4   the filter's taps in twos
//   a0, a1  sums of the first position, for the two outputs in v
//   b0, b1  sums of the second; before they begin, inputs
//   x0-x2   inputs; afterwards constants
//
// clang-format off
#define LOAD(x, position, row) \
  "ldrsb.w %[" x "], [%[in], #" #position " * 20 + " #row " * 4]\n\t"
#define LOAD_AND_MOVE(x, positions) \
  "ldrsb.w %[" x "], [%[in], #" #positions " * 20]!\n\t"

// A sum += three inputs times the taps of one position in u.
#define ADD_0(sum, x, y, z) \
  W_ADD("bb", sum, x, "t0") W_ADD("bt", sum, y, "t0") W_ADD("bb", sum, z, "t1")
#define START_0(sum, x, y, z, bias) \
  W_ADD_TO("bb", sum, x, "t0", bias) W_ADD("bt", sum, y, "t0") W_ADD("bb", sum, z, "t1")
#define ADD_1(sum, x, y, z) \
  W_ADD("bt", sum, x, "t1") W_ADD("bb", sum, y, "t2") W_ADD("bt", sum, z, "t2")
#define ADD_2(sum, x, y, z) \
  W_ADD("bb", sum, x, "t3") W_ADD("bt", sum, y, "t3") W_ADD("bb", sum, z, "t4")

// One pair; an even number of positions.
template <bool kClampsNegatives>
inline __attribute__((always_inline)) void walk_pair_s2(const TapFilter& filter, const Rescaling& rescaling, const int8_t* in,
                                                        const Outputs& outputs) {
  const int8_t* const end = in + 2 * outputs.positions * kPositionBytes;
  int8_t* out = outputs.first;
  int32_t a0, a1, b0, b1, x0, x1, x2;
#define SUMS \
  W_LOOP \
  LOAD("x0", 0, 0) LOAD("x1", 0, 1) LOAD("x2", 0, 2) LOAD("b0", 0, 3) LOAD("b1", 0, 4) \
  W_MOVE("a1", "bias") \
  START_0("a0", "x0", "x1", "x2", "a1") ADD_0("a1", "x2", "b0", "b1") \
  LOAD("x0", 1, 0) LOAD("x1", 1, 1) LOAD("x2", 1, 2) LOAD("b0", 1, 3) LOAD("b1", 1, 4) \
  ADD_1("a0", "x0", "x1", "x2") ADD_1("a1", "x2", "b0", "b1") \
  LOAD("x0", 2, 0) LOAD("x1", 2, 1) LOAD("x2", 2, 2) \
  W_MOVE("b1", "bias") \
  ADD_2("a0", "x0", "x1", "x2") START_0("b0", "x0", "x1", "x2", "b1") \
  LOAD("x0", 2, 3) LOAD("x1", 2, 4) \
  ADD_2("a1", "x2", "x0", "x1") ADD_0("b1", "x2", "x0", "x1") \
  LOAD("x0", 3, 0) LOAD("x1", 3, 1) LOAD("x2", 3, 2) \
  ADD_1("b0", "x0", "x1", "x2") \
  LOAD("x0", 3, 3) LOAD("x1", 3, 4) \
  ADD_1("b1", "x2", "x0", "x1") \
  LOAD("x1", 4, 1) LOAD("x2", 4, 2) LOAD_AND_MOVE("x0", 4) \
  ADD_2("b0", "x0", "x1", "x2") \
  LOAD("x0", 0, 3) LOAD("x1", 0, 4) \
  ADD_2("b1", "x2", "x0", "x1") \
  W_MOVE("x0", "multiplier") W_MOVE("x1", "rounding")
#define OUTPUTS \
  W_SHIFT_PAIRS W_STORE_PAIRS \
  W_UNTIL_END \
  : [in] "+r"(in), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), \
    [b1] "=&r"(b1), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2) \
  : [t0] "r"(filter.taps[0]), [t1] "r"(filter.taps[1]), [t2] "r"(filter.taps[2]), \
    [t3] "r"(filter.taps[3]), [t4] "r"(filter.taps[4]), \
    [bias] "t"(rescaling.bias), [multiplier] "t"(rescaling.multiplier), \
    [rounding] "t"(rescaling.rounding), [shift] "t"(rescaling.shift), \
    [u_step] "t"(outputs.u_step), [v_step] "t"(outputs.v_step), [end] "t"(end) \
  : "cc", "memory"
  static_assert(kPositionBytes == 20 && kPixelBytes == 4, "as in LOAD");
  if (kClampsNegatives)
    __asm__ volatile(SUMS W_MULTIPLY("a0") W_MULTIPLY("a1") W_MULTIPLY("b0") W_MULTIPLY("b1")
                     OUTPUTS);
  else
    __asm__ volatile(SUMS W_MULTIPLY_SIGNED("a0") W_MULTIPLY_SIGNED("a1")
                     W_MULTIPLY_SIGNED("b0") W_MULTIPLY_SIGNED("b1") OUTPUTS);
#undef SUMS
#undef OUTPUTS
}

#undef ADD_2
#undef ADD_1
#undef START_0
#undef ADD_0
#undef LOAD_AND_MOVE
#undef LOAD
// clang-format on
#endif

}  // namespace thimble::kernels
