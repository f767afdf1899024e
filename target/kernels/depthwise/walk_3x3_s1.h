// Walks along u at stride 1 with one channel's filter.
//
// Words (x0, x1) and (x2, x3) of a position give two outputs that are neighbours in v,
//   y0 += x0 w0 + x1 w1 + x2 w2 and y1 += x1 w0 + x2 w1 + x3 w2,
// each by one SMLAD and one product of single halfwords. Two positions at a time share the words of
// the two between them.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/filter_3x3.h"

namespace thimble::kernels {

constexpr int32_t kNextLine = 4;  // words

// Outputs of one channel: pairs in v, perhaps a single one behind them, by positions in u.
struct Block {
  const uint32_t* in;  // the channel's word of the first line at the first position
  int8_t* out;
  int32_t u_step, v_step;  // bytes between outputs
  int32_t positions, pairs, singles;
};

struct PairSums {
  int32_t first, second;  // in v
};

// `pitch`: words from position to position.
inline PairSums sum_pair(const Filter3x3& filter, const uint32_t* in, int32_t pitch) {
  PairSums sums = {filter.bias, filter.bias};
  for (int u = 0; u < 3; ++u, in += pitch) {
    const uint32_t low = in[0], high = in[kNextLine];
    sums.first = simd::smlad(low, filter.first[u], sums.first);
    sums.first = simd::smlabt(high, filter.second[u], sums.first);
    sums.second = simd::smlatb(low, filter.first[u], sums.second);
    sums.second = simd::smlad(high, filter.second[u], sums.second);
  }
  return sums;
}

// One by one; finish(sum) is the output.
template <typename Finish>
inline void walk_singly(const Filter3x3& filter, const Block& block, int32_t pitch, Finish finish) {
  for (int32_t pair = 0; pair < block.pairs + block.singles; ++pair) {
    const uint32_t* in = block.in + pair * kNextLine;
    int8_t* out = block.out + pair * 2 * block.v_step;
    for (int32_t u = 0; u < block.positions; ++u, in += pitch, out += block.u_step) {
      const PairSums sums = sum_pair(filter, in, pitch);
      out[0] = static_cast<int8_t>(finish(sums.first));
      if (pair < block.pairs) out[block.v_step] = static_cast<int8_t>(finish(sums.second));
    }
  }
}

#if defined(THIMBLE_DSP) && defined(__ARM_FP)
#define THIMBLE_WALK_3X3 1

// The loops' registers:
//   f0-f2, s0-s2  the filter's rows: first and second
//   a0, a1        sums of the first position, for the two outputs in v
//   b0, b1        sums of the second; before they begin, words of input
//   x0, x1        words of input; afterwards constants
// Constants and the loop's end wait in floating-point registers, one cycle away. Every instruction
// has 32 bits, so that none is fetched across a boundary.
//
// clang-format off

// A word that lies `positions` and `lines` further, without or with moving there.
#define LOAD(word, positions, lines) \
  "ldr.w %[" word "], [%[in], #" #positions " * %c[position] + " #lines " * 16]\n\t"
#define LOAD_AND_MOVE(word, positions) \
  "ldr.w %[" word "], [%[in], #" #positions " * %c[position]]!\n\t"
#define MOVE(to, from)         "vmov %[" to "], %[" from "]\n\t"
#define SMLA(kind, sum, x, w)  "smla" kind " %[" sum "], %[" x "], %[" w "], %[" sum "]\n\t"
#define SMLA_FROM(kind, sum, x, w, from) \
  "smla" kind " %[" sum "], %[" x "], %[" w "], %[" from "]\n\t"

// The sums at two outputs += a row of the filter, applied to words lo and hi.
#define ADD_ROW(sum, lo, hi, row)  \
  SMLA("d", sum "0", lo, "f" row)  SMLA("bt", sum "0", hi, "s" row) \
  SMLA("tb", sum "1", lo, "f" row) SMLA("d", sum "1", hi, "s" row)
#define START_ROW(sum, lo, hi) \
  MOVE(sum "1", "bias") \
  SMLA_FROM("d", sum "0", lo, "f0", sum "1") SMLA("bt", sum "0", hi, "s0") \
  SMLA("tb", sum "1", lo, "f0")              SMLA("d", sum "1", hi, "s0")

// The same for one output.
#define ADD_ONE(sum, lo, hi, row)  SMLA("d", sum, lo, "f" row) SMLA("bt", sum, hi, "s" row)
#define START_ONE(sum, lo, hi)     MOVE(sum, "bias") ADD_ONE(sum, lo, hi, "0")

// With the multiplier in x0 and the rounding in x1.
#define MULTIPLY(sum)  "smmlar %[" sum "], %[" sum "], %[x0], %[x1]\n\t"
// Minus one for negative sums; the rounding is loaded again for the next.
#define MULTIPLY_SIGNED(sum) \
  "add.w %[x1], %[x1], %[" sum "], asr #31\n\t" MULTIPLY(sum) MOVE("x1", "rounding")
#define SHIFT(sum, by)  "asr.w %[" sum "], %[" sum "], %[" by "]\n\t"
#define SATURATE(sum)   "ssat %[" sum "], #8, %[" sum "], asr #1\n\t"

#define STORE(sum)         "strb.w %[" sum "], [%[out]]\n\t"
#define STORE_AT(sum, at)  "strb.w %[" sum "], [%[out], %[" at "]]\n\t"
#define STEP(by)           "add.w %[out], %[out], %[" by "]\n\t"
#define LOOP(label)        ".p2align 2\n" #label ":\n\t"
#define UNTIL_END(label)   MOVE("x0", "end") "cmp.w %[in], %[x0]\n\tbne.w " #label "b\n\t"
// From the end of one pair of lines to the beginning of the next.
#define NEXT_PAIR \
  MOVE("x1", "back") "add.w %[in], %[in], %[x1]\n\t" \
  MOVE("x1", "out_back") STEP("x1") \
  "add.w %[x0], %[x0], #16\n\t" MOVE("end", "x0") \
  MOVE("x1", "last_end") "cmp.w %[x0], %[x1]\n\tbne.w 1b"

#define OPERANDS(...) \
  : [in] "+r"(in), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), \
    [b1] "=&r"(b1), [x0] "=&r"(x0), [x1] "=&r"(x1), [end] "+t"(end) \
  : [f0] "r"(filter.first[0]), [f1] "r"(filter.first[1]), [f2] "r"(filter.first[2]), \
    [s0] "r"(filter.second[0]), [s1] "r"(filter.second[1]), [s2] "r"(filter.second[2]), \
    [bias] "t"(filter.bias), [multiplier] "t"(filter.multiplier), \
    [rounding] "t"(filter.rounding), [shift] "t"(filter.shift), [u_step] "t"(block.u_step), \
    [position] "i"(4 * kPitch), __VA_ARGS__ \
  : "cc", "memory"

// All pairs of the block, an even number of positions.
template <int kPitch, bool kClampsNegatives>
inline __attribute__((always_inline)) void walk_pairs(const Filter3x3& filter, const Block& block) {
  const uint32_t* in = block.in;
  const uint32_t* end = in + block.positions * kPitch;
  const uint32_t* const last_end = end + block.pairs * kNextLine;
  int8_t* out = block.out;
  const int32_t back = 4 * (kNextLine - block.positions * kPitch);
  const int32_t out_back = 2 * block.v_step - block.positions * block.u_step;
  uint32_t x0, x1;
  int32_t a0, a1, b0, b1;
#define SUMS \
  LOOP(1) \
  LOAD("b0", 0, 0) LOAD("b1", 0, 1) LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  START_ROW("a", "b0", "b1") \
  ADD_ROW("a", "x0", "x1", "1") START_ROW("b", "x0", "x1") \
  LOAD("x1", 2, 1) LOAD_AND_MOVE("x0", 2) \
  ADD_ROW("a", "x0", "x1", "2") ADD_ROW("b", "x0", "x1", "1") \
  LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  ADD_ROW("b", "x0", "x1", "2") \
  MOVE("x0", "multiplier") MOVE("x1", "rounding")
#define OUTPUTS \
  MOVE("x0", "shift") \
  SHIFT("a0", "x0") SHIFT("a1", "x0") SHIFT("b0", "x0") SHIFT("b1", "x0") \
  MOVE("x0", "v_step") MOVE("x1", "u_step") \
  SATURATE("a0") SATURATE("a1") STORE("a0") STORE_AT("a1", "x0") STEP("x1") \
  SATURATE("b0") SATURATE("b1") STORE("b0") STORE_AT("b1", "x0") STEP("x1") \
  UNTIL_END(1) NEXT_PAIR
#define PAIR_OPERANDS \
  OPERANDS([v_step] "t"(block.v_step), [back] "t"(back), [out_back] "t"(out_back), \
           [last_end] "t"(last_end))
  if (kClampsNegatives)
    __asm__ volatile(SUMS MULTIPLY("a0") MULTIPLY("a1") MULTIPLY("b0") MULTIPLY("b1")
                     OUTPUTS PAIR_OPERANDS);
  else
    __asm__ volatile(SUMS MULTIPLY_SIGNED("a0") MULTIPLY_SIGNED("a1")
                     MULTIPLY_SIGNED("b0") MULTIPLY_SIGNED("b1") OUTPUTS PAIR_OPERANDS);
#undef PAIR_OPERANDS
#undef SUMS
#undef OUTPUTS
}

// The single ones behind the pairs. a0 and b0 are the sums, a1 and b1 words.
template <int kPitch, bool kClampsNegatives>
inline __attribute__((always_inline)) void walk_first(const Filter3x3& filter, const Block& block) {
  const uint32_t* in = block.in + block.pairs * kNextLine;
  const uint32_t* end = in + block.positions * kPitch;
  int8_t* out = block.out + block.pairs * 2 * block.v_step;
  uint32_t x0, x1, a1, b1;
  int32_t a0, b0;
#define SUMS \
  LOOP(1) \
  LOAD("a1", 0, 0) LOAD("b1", 0, 1) LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  START_ONE("a0", "a1", "b1") \
  ADD_ONE("a0", "x0", "x1", "1") START_ONE("b0", "x0", "x1") \
  LOAD("x1", 2, 1) LOAD("a1", 3, 0) LOAD("b1", 3, 1) LOAD_AND_MOVE("x0", 2) \
  ADD_ONE("a0", "x0", "x1", "2") ADD_ONE("b0", "x0", "x1", "1") \
  ADD_ONE("b0", "a1", "b1", "2") \
  MOVE("x0", "multiplier") MOVE("x1", "rounding")
#define OUTPUTS \
  MOVE("a1", "shift") MOVE("b1", "u_step") \
  SHIFT("a0", "a1") SHIFT("b0", "a1") SATURATE("a0") STORE("a0") STEP("b1") \
  SATURATE("b0") STORE("b0") STEP("b1") \
  UNTIL_END(1)
#define NO_MORE [unused] "i"(0)
  if (kClampsNegatives)
    __asm__ volatile(SUMS MULTIPLY("a0") MULTIPLY("b0") OUTPUTS OPERANDS(NO_MORE));
  else
    __asm__ volatile(SUMS MULTIPLY_SIGNED("a0") MULTIPLY_SIGNED("b0") OUTPUTS OPERANDS(NO_MORE));
#undef NO_MORE
#undef SUMS
#undef OUTPUTS
}

#undef OPERANDS
#undef NEXT_PAIR
#undef UNTIL_END
#undef LOOP
#undef STEP
#undef STORE_AT
#undef STORE
#undef SATURATE
#undef SHIFT
#undef MULTIPLY_SIGNED
#undef MULTIPLY
#undef START_ONE
#undef ADD_ONE
#undef START_ROW
#undef ADD_ROW
#undef SMLA_FROM
#undef SMLA
#undef MOVE
#undef LOAD_AND_MOVE
#undef LOAD
// clang-format on
#endif

}  // namespace thimble::kernels
