// Walks along u at stride 1 with one channel's filter.
//
// Words (x0, x1) and (x2, x3) of a position give two outputs that are neighbours in v,
//   y0 += x0 w0 + x1 w1 + x2 w2 and y1 += x1 w0 + x2 w1 + x3 w2,
// each by one SMLAD and one product of single halfwords. Two positions at a time share the words of
// the two between them.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/filter_3x3.h"
#include "kernels/depthwise/walk_assembly.h"

namespace thimble::kernels {

struct PairFilter {
  uint32_t first[3];   // by position in u: the weights of v = 0 and 1
  uint32_t second[3];  // v = 1 and 2
};

// Times 2^kShift.
template <int kShift, bool kFourBits>
inline PairFilter read_pair_filter(const int8_t* weights) {
  const Weights f = read_weights<kFourBits>(weights);
  return {{weight_pair<kShift>(f.w00, f.w01), weight_pair<kShift>(f.w10, f.w11),
           weight_pair<kShift>(f.w20, f.w21)},
          {weight_pair<kShift>(f.w01, f.w02), weight_pair<kShift>(f.w11, f.w12),
           weight_pair<kShift>(f.w21, f.w22)}};
}

// Outputs one by one: finish(sum). `in`: the channel's word of the first line at the first
// position; `pitch`: words from position to position; kLine: from line to line.
template <int kLine, typename Finish>
inline void walk_singly_s1(const PairFilter& filter, int32_t bias, const uint32_t* in,
                           int32_t pitch, const Outputs& outputs, Finish finish) {
  for (int32_t pair = 0; pair < outputs.pairs + outputs.singles; ++pair)
    for (int32_t position = 0; position < outputs.positions; ++position) {
      const uint32_t* x = in + pair * kLine + position * pitch;
      int32_t first = bias, second = bias;
      for (int u = 0; u < 3; ++u, x += pitch) {
        first = simd::smlad(x[0], filter.first[u], first);
        first = simd::smlabt(x[kLine], filter.second[u], first);
        second = simd::smlatb(x[0], filter.first[u], second);
        second = simd::smlad(x[kLine], filter.second[u], second);
      }
      int8_t* out = outputs.first + pair * 2 * outputs.v_step + position * outputs.u_step;
      out[0] = static_cast<int8_t>(finish(first));
      if (pair < outputs.pairs) out[outputs.v_step] = static_cast<int8_t>(finish(second));
    }
}

#if defined(THIMBLE_WALKS)
// Registers:
//   f0-f2, s0-s2  the filter: first and second
//   a0, a1        sums of the first position, for the two outputs in v
//   b0, b1        sums of the second; before they begin, words of input
//   x0, x1        words of input; afterwards constants
//
// clang-format off

// A word that lies `positions` and `lines` further, without or with moving there.
#define LOAD(word, positions, lines) \
  "ldr.w %[" word "], [%[in], #" #positions " * %c[position] + " #lines " * %c[line]]\n\t"
#define LOAD_AND_MOVE(word, positions) \
  "ldr.w %[" word "], [%[in], #" #positions " * %c[position]]!\n\t"

// The sums of two outputs += the weights of one position in u, times words lo and hi.
#define ADD_PAIR(sum, lo, hi, u) \
  W_ADD("d", sum "0", lo, "f" u)  W_ADD("bt", sum "0", hi, "s" u) \
  W_ADD("tb", sum "1", lo, "f" u) W_ADD("d", sum "1", hi, "s" u)
#define START_PAIR(sum, lo, hi) \
  W_MOVE(sum "1", "bias") \
  W_ADD_TO("d", sum "0", lo, "f0", sum "1") W_ADD("bt", sum "0", hi, "s0") \
  W_ADD("tb", sum "1", lo, "f0")            W_ADD("d", sum "1", hi, "s0")

// The same for one output.
#define ADD_ONE(sum, lo, hi, u)  W_ADD("d", sum, lo, "f" u) W_ADD("bt", sum, hi, "s" u)
#define START_ONE(sum, lo, hi)   W_MOVE(sum, "bias") ADD_ONE(sum, lo, hi, "0")

#define OPERANDS(...) \
  : [in] "+r"(in), [out] "+r"(out), [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), \
    [b1] "=&r"(b1), [x0] "=&r"(x0), [x1] "=&r"(x1), [end] "+t"(end) \
  : [f0] "r"(filter.first[0]), [f1] "r"(filter.first[1]), [f2] "r"(filter.first[2]), \
    [s0] "r"(filter.second[0]), [s1] "r"(filter.second[1]), [s2] "r"(filter.second[2]), \
    [bias] "t"(rescaling.bias), [multiplier] "t"(rescaling.multiplier), \
    [rounding] "t"(rescaling.rounding), [shift] "t"(rescaling.shift), \
    [u_step] "t"(outputs.u_step), [position] "i"(4 * kPitch), [line] "i"(4 * kLine) __VA_ARGS__ \
  : "cc", "memory"

// All pairs; an even number of positions.
template <int kPitch, int kLine, bool kClampsNegatives, int kUStep, int kVStep>
inline __attribute__((always_inline)) void walk_pairs_s1(const PairFilter& filter, const Rescaling& rescaling, const uint32_t* in,
                                                         const Outputs& outputs) {
  const uint32_t* end = in + outputs.positions * kPitch;
  const uint32_t* const last_end = end + outputs.pairs * kLine;
  int8_t* out = outputs.first;
  // From the end of one pair to the beginning of the next.
  const int32_t back = 4 * (kLine - outputs.positions * kPitch);
  const int32_t out_back = 2 * outputs.v_step - outputs.positions * outputs.u_step;
  uint32_t x0, x1;
  int32_t a0, a1, b0, b1;
#define SUMS \
  W_LOOP \
  LOAD("b0", 0, 0) LOAD("b1", 0, 1) LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  START_PAIR("a", "b0", "b1") \
  ADD_PAIR("a", "x0", "x1", "1") START_PAIR("b", "x0", "x1") \
  LOAD("x1", 2, 1) LOAD_AND_MOVE("x0", 2) \
  ADD_PAIR("a", "x0", "x1", "2") ADD_PAIR("b", "x0", "x1", "1") \
  LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  ADD_PAIR("b", "x0", "x1", "2") \
  W_MOVE("x0", "multiplier") W_MOVE("x1", "rounding")
#define MULTIPLY         W_MULTIPLY("a0") W_MULTIPLY("a1") W_MULTIPLY("b0") W_MULTIPLY("b1")
#define MULTIPLY_SIGNED  W_MULTIPLY_SIGNED("a0") W_MULTIPLY_SIGNED("a1") \
                         W_MULTIPLY_SIGNED("b0") W_MULTIPLY_SIGNED("b1")
#define NEXT_PAIR \
  W_UNTIL_END \
  W_MOVE("x1", "back") "add.w %[in], %[in], %[x1]\n\t" \
  W_MOVE("x1", "out_back") W_STEP("x1") \
  "add.w %[x0], %[x0], #%c[line]\n\t" W_MOVE("end", "x0") \
  W_MOVE("x1", "last_end") "cmp.w %[x0], %[x1]\n\tbne.w 1b"
#define MORE \
  , [back] "t"(back), [out_back] "t"(out_back), [last_end] "t"(last_end)
#define STEPS        MORE, [v_step] "t"(outputs.v_step)
#define FIXED_STEPS  MORE, [u] "i"(kUStep), [v] "i"(kVStep)
  if (kUStep && kClampsNegatives)
    __asm__ volatile(SUMS MULTIPLY W_SHIFT_PAIRS W_STORE_PAIRS_FIXED NEXT_PAIR
                     OPERANDS(FIXED_STEPS));
  else if (kUStep)
    __asm__ volatile(SUMS MULTIPLY_SIGNED W_SHIFT_PAIRS W_STORE_PAIRS_FIXED NEXT_PAIR
                     OPERANDS(FIXED_STEPS));
  else if (kClampsNegatives)
    __asm__ volatile(SUMS MULTIPLY W_SHIFT_PAIRS W_STORE_PAIRS NEXT_PAIR OPERANDS(STEPS));
  else
    __asm__ volatile(SUMS MULTIPLY_SIGNED W_SHIFT_PAIRS W_STORE_PAIRS NEXT_PAIR OPERANDS(STEPS));
#undef FIXED_STEPS
#undef STEPS
#undef MORE
#undef NEXT_PAIR
#undef MULTIPLY_SIGNED
#undef MULTIPLY
#undef SUMS
}

// The single ones behind the pairs. a0 and b0 are the sums, a1 and b1 words.
template <int kPitch, int kLine, bool kClampsNegatives>
inline __attribute__((always_inline)) void walk_singles_s1(const PairFilter& filter, const Rescaling& rescaling, const uint32_t* in,
                                                           const Outputs& outputs) {
  in += outputs.pairs * kLine;
  const uint32_t* end = in + outputs.positions * kPitch;
  int8_t* out = outputs.first + outputs.pairs * 2 * outputs.v_step;
  uint32_t x0, x1, a1, b1;
  int32_t a0, b0;
#define SUMS \
  W_LOOP \
  LOAD("a1", 0, 0) LOAD("b1", 0, 1) LOAD("x0", 1, 0) LOAD("x1", 1, 1) \
  START_ONE("a0", "a1", "b1") \
  ADD_ONE("a0", "x0", "x1", "1") START_ONE("b0", "x0", "x1") \
  LOAD("x1", 2, 1) LOAD("a1", 3, 0) LOAD("b1", 3, 1) LOAD_AND_MOVE("x0", 2) \
  ADD_ONE("a0", "x0", "x1", "2") ADD_ONE("b0", "x0", "x1", "1") \
  ADD_ONE("b0", "a1", "b1", "2") \
  W_MOVE("x0", "multiplier") W_MOVE("x1", "rounding")
#define OUTPUTS \
  W_MOVE("a1", "shift") W_MOVE("b1", "u_step") \
  W_SHIFT("a0", "a1") W_SHIFT("b0", "a1") W_SATURATE("a0") W_STORE("a0") W_STEP("b1") \
  W_SATURATE("b0") W_STORE("b0") W_STEP("b1") \
  W_UNTIL_END
  if (kClampsNegatives)
    __asm__ volatile(SUMS W_MULTIPLY("a0") W_MULTIPLY("b0") OUTPUTS OPERANDS());
  else
    __asm__ volatile(SUMS W_MULTIPLY_SIGNED("a0") W_MULTIPLY_SIGNED("b0") OUTPUTS OPERANDS());
#undef SUMS
#undef OUTPUTS
}

#undef OPERANDS
#undef START_ONE
#undef ADD_ONE
#undef START_PAIR
#undef ADD_PAIR
#undef LOAD_AND_MOVE
#undef LOAD
// clang-format on
#endif

}  // namespace thimble::kernels
