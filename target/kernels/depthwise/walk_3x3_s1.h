// Walks along u at stride 1 with one channel's filter.
//
// Words (x0, x1) and (x2, x3) of a position give two outputs that are neighbours in v,
//   y0 += x0 w0 + x1 w1 + x2 w2 and y1 += x1 w0 + x2 w1 + x3 w2,
// each by one SMLAD and one product of single halfwords. Two positions in u at a time share the
// words of two more.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/filter_3x3.h"

namespace thimble::kernels {

struct Walk {
  const uint32_t* in;  // the channel's word of the first line at the first position
  int8_t* out;
  int32_t u_step, v_step;  // bytes between outputs
  int32_t count;           // outputs in u
};

constexpr int32_t kNextLine = 4;  // words

// One output: the first of the pair, or the second. `pitch`: words from position to position.
template <bool kIsSecond>
inline int32_t sum_3x3_s1(const Filter3x3& filter, const uint32_t* in, int32_t pitch) {
  int32_t sum = filter.bias;
  for (int u = 0; u < 3; ++u, in += pitch) {
    const uint32_t low = in[0], high = in[kNextLine];
    if (kIsSecond) {
      sum = simd::smlabb(low >> 16, filter.first[u], sum);
      sum = simd::smlad(high, filter.second[u], sum);
    } else {
      sum = simd::smlad(low, filter.first[u], sum);
      sum = simd::smlabb(high, filter.second[u] >> 16, sum);
    }
  }
  return sum;
}

#if defined(THIMBLE_DSP) && defined(__ARM_FP)
#define THIMBLE_WALK_3X3 1

// Registers: six of weights (f: first, s: second), a and b the sums of two positions, 0 and 1 those
// of two outputs, x words of input; b0 and b1 hold words too until their sums begin. Constants and
// the loop's end wait in floating-point registers, one cycle away.

// Two sums += the words lo and hi times a row of the filter.
#define ADD_ROW(sum, lo, hi, row)                      \
  "smlad %[" sum "0], %[" lo "], %[f" row "], %[" sum  \
  "0]\n\t"                                             \
  "smlabt %[" sum "0], %[" hi "], %[s" row "], %[" sum \
  "0]\n\t"                                             \
  "smlatb %[" sum "1], %[" lo "], %[f" row "], %[" sum \
  "1]\n\t"                                             \
  "smlad %[" sum "1], %[" hi "], %[s" row "], %[" sum "1]\n\t"
// The same for new sums.
#define START_ROW(sum, lo, hi)                   \
  "vmov %[" sum                                  \
  "1], %[bias]\n\t"                              \
  "smlad %[" sum "0], %[" lo "], %[f0], %[" sum  \
  "1]\n\t"                                       \
  "smlabt %[" sum "0], %[" hi "], %[s0], %[" sum \
  "0]\n\t"                                       \
  "smlatb %[" sum "1], %[" lo "], %[f0], %[" sum \
  "1]\n\t"                                       \
  "smlad %[" sum "1], %[" hi "], %[s0], %[" sum "1]\n\t"
// x0: multiplier, x1: rounding, which is restored for the next.
#define MULTIPLY_CLAMPED(sum) "smmlar %[" sum "], %[" sum "], %[x0], %[x1]\n\t"
#define MULTIPLY(sum)          \
  "add.w %[x1], %[x1], %[" sum \
  "], asr #31\n\t"             \
  "smmlar %[" sum "], %[" sum  \
  "], %[x0], %[x1]\n\t"        \
  "vmov %[x1], %[rounding]\n\t"

#define PAIR_SUMS \
  ".p2align 2\n"                                                     \
  "1:\n\t"                                                           \
  "ldr.w %[b0], [%[in]]\n\t"                                         \
  "ldr.w %[b1], [%[in], #16]\n\t"                                    \
  "ldr.w %[x0], [%[in], %[next]]\n\t"                                \
  "ldr.w %[x1], [%[in], %[next_line]]\n\t"                           \
  START_ROW("a", "b0", "b1")                                         \
  ADD_ROW("a", "x0", "x1", "1")                                      \
  START_ROW("b", "x0", "x1")                                         \
  "ldr.w %[x1], [%[in], %[skip_line]]\n\t"                           \
  "ldr.w %[x0], [%[in], %[skip]]!\n\t"                               \
  ADD_ROW("a", "x0", "x1", "2")                                      \
  ADD_ROW("b", "x0", "x1", "1")                                      \
  "ldr.w %[x0], [%[in], %[next]]\n\t"                                \
  "ldr.w %[x1], [%[in], %[next_line]]\n\t"                           \
  ADD_ROW("b", "x0", "x1", "2")                                      \
  "vmov %[x0], %[multiplier]\n\t"                                    \
  "vmov %[x1], %[rounding]\n\t"
#define PAIR_OUTPUTS                  \
  "vmov %[x0], %[shift]\n\t"          \
  "asr.w %[a0], %[a0], %[x0]\n\t"     \
  "asr.w %[a1], %[a1], %[x0]\n\t"     \
  "asr.w %[b0], %[b0], %[x0]\n\t"     \
  "asr.w %[b1], %[b1], %[x0]\n\t"     \
  "vmov %[x0], %[v_step]\n\t"         \
  "vmov %[x1], %[u_step]\n\t"         \
  "ssat %[a0], #8, %[a0], asr #1\n\t" \
  "ssat %[a1], #8, %[a1], asr #1\n\t" \
  "strb.w %[a0], [%[out]]\n\t"        \
  "strb.w %[a1], [%[out], %[x0]]\n\t" \
  "add.w %[out], %[out], %[x1]\n\t"   \
  "ssat %[b0], #8, %[b0], asr #1\n\t" \
  "ssat %[b1], #8, %[b1], asr #1\n\t" \
  "strb.w %[b0], [%[out]]\n\t"        \
  "strb.w %[b1], [%[out], %[x0]]\n\t" \
  "add.w %[out], %[out], %[x1]\n\t"   \
  "vmov %[x0], %[end]\n\t"            \
  "cmp.w %[in], %[x0]\n\t"            \
  "bne.w 1b"
#define PAIR_OPERANDS                                                                         \
  : [in] "+r"(walk.in), [out] "+r"(walk.out), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0),  \
    [b1] "=&r"(b1), [x0] "=&r"(x0), [x1] "=&r"(x1)                                             \
  : [f0] "r"(filter.first[0]), [f1] "r"(filter.first[1]), [f2] "r"(filter.first[2]),           \
    [s0] "r"(filter.second[0]), [s1] "r"(filter.second[1]), [s2] "r"(filter.second[2]),        \
    [bias] "t"(filter.bias), [multiplier] "t"(filter.multiplier),                              \
    [rounding] "t"(filter.rounding), [shift] "t"(filter.shift), [end] "t"(end),                \
    [u_step] "t"(walk.u_step), [v_step] "t"(walk.v_step), [next] "i"(kPitchBytes),             \
    [next_line] "i"(kPitchBytes + 16), [skip] "i"(2 * kPitchBytes),                            \
    [skip_line] "i"(2 * kPitchBytes + 16)                                                      \
  : "cc", "memory"

// Two positions at a time while there are two; moves `walk` on. At least two.
template <int kPitch, bool kClampsNegatives>
inline void walk_pairs(const Filter3x3& filter, Walk& walk) {
  constexpr int kPitchBytes = 4 * kPitch;
  const uint32_t* const end = walk.in + (walk.count & ~1) * kPitch;
  uint32_t x0, x1;
  int32_t a0, a1, b0, b1;
  if (kClampsNegatives)
    __asm__ volatile(PAIR_SUMS                                          //
                         MULTIPLY_CLAMPED("a0") MULTIPLY_CLAMPED("a1")  //
                     MULTIPLY_CLAMPED("b0") MULTIPLY_CLAMPED("b1")      //
                     PAIR_OUTPUTS PAIR_OPERANDS);
  else
    __asm__ volatile(PAIR_SUMS                                                        //
                         MULTIPLY("a0") MULTIPLY("a1") MULTIPLY("b0") MULTIPLY("b1")  //
                     PAIR_OUTPUTS PAIR_OPERANDS);
  walk.count &= 1;
}

#undef PAIR_OPERANDS
#undef PAIR_OUTPUTS
#undef PAIR_SUMS
#undef MULTIPLY
#undef MULTIPLY_CLAMPED
#undef START_ROW
#undef ADD_ROW
#endif

}  // namespace thimble::kernels
