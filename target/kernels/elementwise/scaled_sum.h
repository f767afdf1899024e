// ADD and SUB of int8 in one multiplication per operand.
//
// The definition (BinaryParams) rounds each operand on its way to the common scale, and the sum
// twice on its way to the output's. Here the result is
//     (a_factor * x / 2^8 + b_factor * y / 2^8 + offset) >> shift
// with products rounded down, saturated to int8. Operands are bytes, so there are only 65,536 pairs
// of them: the lowering looks for numbers that give what the definition gives for every single one
// (src/ops/scaled_sum.h), and does not use this kernel when there are none.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

struct ScaledSumParams {
  int32_t count;
  int32_t a_factor, b_factor, offset;
  int32_t rounds_away;  // take one off negative sums, then add `rounding`; otherwise rounding is 0
  int32_t rounding;
  int32_t shift;
  int32_t min, max;    // activation range
  int32_t is_clamped;  // whether that is less than all of int8
};

// What the compiler is told of the parameters; nothing when kShift is 0.
template <int kShift, bool kRoundsAway, bool kIsClamped>
class ScaledSum {
 public:
  explicit ScaledSum(const ScaledSumParams& p)
      : a_factor_(p.a_factor),
        b_factor_(p.b_factor),
        offset_(p.offset),
        rounding_(p.rounding),
        shift_(p.shift),
        min_(simd::repeat_byte(p.min)),
        max_(simd::repeat_byte(p.max)),
        rounds_away_(kShift == 0 ? p.rounds_away != 0 : kRoundsAway),
        is_clamped_(kShift == 0 ? p.is_clamped != 0 : kIsClamped) {}

  // Four elements each.
  uint32_t operator()(uint32_t x, uint32_t y) const {
    // Bytes moved to the upper halves of half-words: 2^8 times the elements.
    constexpr uint32_t kUpper = 0xFF00FF00u;
    const uint32_t x_even = (x << 8) & kUpper, x_odd = x & kUpper;
    const uint32_t y_even = (y << 8) & kUpper, y_odd = y & kUpper;
    const int32_t a =
        narrow(simd::smlawb(b_factor_, y_even, simd::smlawb(a_factor_, x_even, offset_)));
    const int32_t b =
        narrow(simd::smlawb(b_factor_, y_odd, simd::smlawb(a_factor_, x_odd, offset_)));
    const int32_t c =
        narrow(simd::smlawt(b_factor_, y_even, simd::smlawt(a_factor_, x_even, offset_)));
    const int32_t d =
        narrow(simd::smlawt(b_factor_, y_odd, simd::smlawt(a_factor_, x_odd, offset_)));
    const uint32_t word = simd::pack_bytes(a, b, c, d);
    return is_clamped_ ? simd::min_s8x4(simd::max_s8x4(word, min_), max_) : word;
  }

 private:
  int32_t narrow(int32_t sum) const {
    if (rounds_away_) sum += (sum >> 31) + rounding_;
    if constexpr (kShift == 0)
      return simd::saturate_s8(sum >> shift_);
    else
      return simd::saturate_s8_shifted<kShift>(sum);
  }

  int32_t a_factor_, b_factor_, offset_, rounding_, shift_;
  uint32_t min_, max_;
  bool rounds_away_, is_clamped_;
};

#if defined(THIMBLE_DSP)
// The common case in assembly, because compilers run out of registers. Advances the pointers over
// `count` elements, a positive multiple of 8.
template <int kShift>
inline void scaled_sum_by_eight(const ScaledSumParams& p, int32_t count, const int8_t*& a,
                                const int8_t*& b, int8_t*& output) {
  const int8_t* const end = a + count;
  uint32_t x, y, t, u, v;
#define THIMBLE_FOUR_SUMS                         \
  "and %[t], %[upper], %[x], lsl #8\n\t"          \
  "and %[u], %[upper], %[y], lsl #8\n\t"          \
  "and.w %[x], %[x], %[upper]\n\t"                \
  "and.w %[y], %[y], %[upper]\n\t"                \
  "smlawb %[v], %[a_factor], %[t], %[offset]\n\t" \
  "smlawt %[t], %[a_factor], %[t], %[offset]\n\t" \
  "smlawb %[v], %[b_factor], %[u], %[v]\n\t"      \
  "smlawt %[t], %[b_factor], %[u], %[t]\n\t"      \
  "smlawb %[u], %[a_factor], %[x], %[offset]\n\t" \
  "smlawt %[x], %[a_factor], %[x], %[offset]\n\t" \
  "smlawb %[u], %[b_factor], %[y], %[u]\n\t"      \
  "smlawt %[x], %[b_factor], %[y], %[x]\n\t"      \
  "ssat %[v], #8, %[v], asr %[shift]\n\t"         \
  "ssat %[u], #8, %[u], asr %[shift]\n\t"         \
  "ssat %[t], #8, %[t], asr %[shift]\n\t"         \
  "ssat %[x], #8, %[x], asr %[shift]\n\t"         \
  "bfi %[v], %[u], #8, #8\n\t"                    \
  "bfi %[v], %[t], #16, #8\n\t"                   \
  "bfi %[v], %[x], #24, #8\n\t"                   \
  "str.w %[v], [%[output]], #4\n\t"
  __asm__ volatile(
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w %[x], [%[a]], #8\n\t"
      "ldr.w %[y], [%[b]], #8\n\t" THIMBLE_FOUR_SUMS
      "ldr.w %[x], [%[a], #-4]\n\t"
      "ldr.w %[y], [%[b], #-4]\n\t" THIMBLE_FOUR_SUMS
      "cmp.w %[a], %[end]\n\t"
      "bne.w 1b"
      : [a] "+r"(a), [b] "+r"(b), [output] "+r"(output), [x] "=&r"(x), [y] "=&r"(y), [t] "=&r"(t),
        [u] "=&r"(u), [v] "=&r"(v)
      : [a_factor] "r"(p.a_factor), [b_factor] "r"(p.b_factor), [offset] "r"(p.offset),
        [upper] "r"(0xFF00FF00u), [end] "r"(end), [shift] "I"(kShift)
      : "cc", "memory");
#undef THIMBLE_FOUR_SUMS
}
#endif

// The output may be one of the inputs.
template <int kShift, bool kRoundsAway, bool kIsClamped>
void scaled_sum_s8(const ScaledSumParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  const ScaledSum<kShift, kRoundsAway, kIsClamped> sum(p);
  int32_t left = p.count;
#if defined(THIMBLE_DSP)
  if constexpr (kShift > 0 && !kRoundsAway && !kIsClamped)
    if (left >= 8) {
      scaled_sum_by_eight<kShift>(p, left & ~7, a, b, output);
      left &= 7;
    }
#endif
  for (; left >= 8; left -= 8, a += 8, b += 8, output += 8) {
    const uint32_t x0 = simd::load_word(a), y0 = simd::load_word(b);
    const uint32_t x1 = simd::load_word(a + 4), y1 = simd::load_word(b + 4);
    simd::store_word(output, sum(x0, y0));
    simd::store_word(output + 4, sum(x1, y1));
  }
  for (; left > 0; --left)
    *output++ = static_cast<int8_t>(sum(static_cast<uint8_t>(*a++), static_cast<uint8_t>(*b++)));
}

}  // namespace thimble::kernels
