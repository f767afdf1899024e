// The pieces of the int8 multiply-accumulate kernels for Armv7E-M.
//
// SMLAD multiplies two pairs of halfwords. SXTB16 makes a pair of every other byte of a word, so
// four bytes (b0 b1 b2 b3) become the words (b0, b2) and (b1, b3). Weights stay bytes in flash and
// are extended where they are used; inputs are extended once into scratch memory, in the same
// order, so that nothing has to be reordered.
#pragma once

#include <stdint.h>

#include "runtime/requantize.h"
#include "runtime/simd.h"

namespace thimble::kernels {

// Inputs and weights come in groups of four; what is missing in the last group has zero weights.
constexpr int32_t kGroup = 4;
constexpr int32_t group_count(int32_t elements) {
  return (elements + kGroup - 1) / kGroup;
}

// Extends `groups` groups of bytes into one of Columns interleaved columns of words: the words of
// group i go to to[2 * Columns * i] and to[2 * Columns * i + Columns].
template <int Columns>
inline void extend(const int8_t* from, int32_t groups, uint32_t* to) {
  for (; groups > 0; --groups, from += kGroup, to += 2 * Columns) {
    const uint32_t bytes = simd::load_word(from);
    to[0] = simd::sxtb16(bytes);
    to[Columns] = simd::sxtb16<8>(bytes);
  }
}

// Up to two rows of weights times two columns, or four rows times one.
struct Sums {
  int32_t a, b, c, d;
};

// Two channels times two columns: a and b are the first channel's. The weights of the two rows are
// interleaved: group i is at weights[8 * i] and weights[8 * i + 4].
inline Sums accumulate_2x2(const int8_t* weights, const uint32_t* columns, int32_t groups,
                           Sums sums) {
#if defined(THIMBLE_DSP)
  // In assembly because compilers run out of registers here; two groups a turn, loads in runs so
  // that each hides the delay of the one before, pointers moved by the first load.
  if (groups >= 2) {
    const uint32_t* const end = columns + 4 * (groups & ~1);
    uint32_t w, v, x, y, t;
    __asm__(
        ".p2align 2\n"
        "1:\n\t"
        "ldr.w %[w], [%[weights]], #16\n\t"
        "ldr.w %[x], [%[columns]], #32\n\t"
        "ldr %[v], [%[weights], #-12]\n\t"
        "ldr %[y], [%[columns], #-28]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "smlad %[b], %[t], %[y], %[b]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[c], %[t], %[x], %[c]\n\t"
        "smlad %[d], %[t], %[y], %[d]\n\t"
        "ldr %[x], [%[columns], #-24]\n\t"
        "ldr %[y], [%[columns], #-20]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[x], %[a]\n\t"
        "smlad %[b], %[w], %[y], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[c], %[v], %[x], %[c]\n\t"
        "smlad %[d], %[v], %[y], %[d]\n\t"
        "ldr %[w], [%[weights], #-8]\n\t"
        "ldr %[v], [%[weights], #-4]\n\t"
        "ldr %[x], [%[columns], #-16]\n\t"
        "ldr %[y], [%[columns], #-12]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "smlad %[b], %[t], %[y], %[b]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[c], %[t], %[x], %[c]\n\t"
        "smlad %[d], %[t], %[y], %[d]\n\t"
        "ldr %[x], [%[columns], #-8]\n\t"
        "ldr %[y], [%[columns], #-4]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[x], %[a]\n\t"
        "smlad %[b], %[w], %[y], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[c], %[v], %[x], %[c]\n\t"
        "smlad %[d], %[v], %[y], %[d]\n\t"
        "cmp.w %[columns], %[end]\n\t"
        "bne.w 1b"
        : [a] "+r"(sums.a), [b] "+r"(sums.b), [c] "+r"(sums.c), [d] "+r"(sums.d),
          [weights] "+r"(weights), [columns] "+r"(columns), [w] "=&r"(w), [v] "=&r"(v),
          [x] "=&r"(x), [y] "=&r"(y), [t] "=&r"(t)
        : [end] "r"(end)
        : "cc", "memory");
    groups &= 1;
  }
#endif
  for (; groups > 0; --groups, weights += 2 * kGroup, columns += 4) {
    const uint32_t w = simd::load_word(weights), v = simd::load_word(weights + kGroup);
    sums.a = simd::smlad(simd::sxtb16(w), columns[0], sums.a);
    sums.b = simd::smlad(simd::sxtb16(w), columns[1], sums.b);
    sums.c = simd::smlad(simd::sxtb16(v), columns[0], sums.c);
    sums.d = simd::smlad(simd::sxtb16(v), columns[1], sums.d);
    sums.a = simd::smlad(simd::sxtb16<8>(w), columns[2], sums.a);
    sums.b = simd::smlad(simd::sxtb16<8>(w), columns[3], sums.b);
    sums.c = simd::smlad(simd::sxtb16<8>(v), columns[2], sums.c);
    sums.d = simd::smlad(simd::sxtb16<8>(v), columns[3], sums.d);
  }
  return sums;
}

// One channel times two columns; c and d stay as they are.
inline Sums accumulate_1x2(const int8_t* weights, const uint32_t* columns, int32_t groups,
                           Sums sums) {
  for (; groups > 0; --groups, weights += kGroup, columns += 4) {
    const uint32_t w = simd::load_word(weights);
    sums.a = simd::smlad(simd::sxtb16(w), columns[0], sums.a);
    sums.b = simd::smlad(simd::sxtb16(w), columns[1], sums.b);
    sums.a = simd::smlad(simd::sxtb16<8>(w), columns[2], sums.a);
    sums.b = simd::smlad(simd::sxtb16<8>(w), columns[3], sums.b);
  }
  return sums;
}

// Four channels times one column, the weights of the four rows interleaved.
inline Sums accumulate_4x1(const int8_t* weights, const uint32_t* column, int32_t groups,
                           Sums sums) {
#if defined(THIMBLE_DSP)
  if (groups > 0) {
    const uint32_t* const end = column + 2 * groups;
    uint32_t w, v, x, y, t;
    __asm__(
        ".p2align 2\n"
        "1:\n\t"
        "ldr.w %[w], [%[weights]], #16\n\t"
        "ldr.w %[x], [%[columns]], #8\n\t"
        "ldr %[v], [%[weights], #-12]\n\t"
        "ldr %[y], [%[columns], #-4]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[y], %[a]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[b], %[t], %[x], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[b], %[v], %[y], %[b]\n\t"
        "ldr %[w], [%[weights], #-8]\n\t"
        "ldr %[v], [%[weights], #-4]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[c], %[t], %[x], %[c]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[c], %[w], %[y], %[c]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[d], %[t], %[x], %[d]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[d], %[v], %[y], %[d]\n\t"
        "cmp.w %[columns], %[end]\n\t"
        "bne.w 1b"
        : [a] "+r"(sums.a), [b] "+r"(sums.b), [c] "+r"(sums.c), [d] "+r"(sums.d),
          [weights] "+r"(weights), [columns] "+r"(column), [w] "=&r"(w), [v] "=&r"(v), [x] "=&r"(x),
          [y] "=&r"(y), [t] "=&r"(t)
        : [end] "r"(end)
        : "cc", "memory");
  }
#else
  for (; groups > 0; --groups, weights += 4 * kGroup, column += 2) {
    const uint32_t w0 = simd::load_word(weights), w1 = simd::load_word(weights + kGroup);
    const uint32_t w2 = simd::load_word(weights + 2 * kGroup);
    const uint32_t w3 = simd::load_word(weights + 3 * kGroup);
    sums.a = simd::smlad(simd::sxtb16<8>(w0), column[1],
                         simd::smlad(simd::sxtb16(w0), column[0], sums.a));
    sums.b = simd::smlad(simd::sxtb16<8>(w1), column[1],
                         simd::smlad(simd::sxtb16(w1), column[0], sums.b));
    sums.c = simd::smlad(simd::sxtb16<8>(w2), column[1],
                         simd::smlad(simd::sxtb16(w2), column[0], sums.c));
    sums.d = simd::smlad(simd::sxtb16<8>(w3), column[1],
                         simd::smlad(simd::sxtb16(w3), column[0], sums.d));
  }
#endif
  return sums;
}

// One channel times one column.
inline int32_t accumulate_1x1(const int8_t* weights, const uint32_t* column, int32_t groups,
                              int32_t sum) {
  for (; groups > 0; --groups, weights += kGroup, column += 2) {
    const uint32_t w = simd::load_word(weights);
    sum = simd::smlad(simd::sxtb16<8>(w), column[1], simd::smlad(simd::sxtb16(w), column[0], sum));
  }
  return sum;
}

// What the DSP kernels know of one output channel, kChannelWords words in a table.
constexpr int32_t kChannelWords = 3;
constexpr int32_t kBias = 0, kMultiplier = 1, kExponent = 2;

// The factor of a channel is multiplier / 2^(31 + exponent). A channel whose exponent is not
// positive, or whose sums may reach 2^30, needs general arithmetic: its exponent is stored minus
// this, and is negative then.
constexpr int32_t kGeneral = 64;

// Part of the parameters of the DSP kernels.
struct DspOutput {
  const int32_t* channels;
  int32_t output_zero_point;
  int32_t min, max;    // of the output element
  int32_t is_clamped;  // whether that is less than all of int8
};

inline int32_t clamp(const DspOutput& output, int32_t x) {
  return fixed_point::clamp(x, output.min, output.max);
}

// One sum; for channels that are left over and for rare channels.
inline __attribute__((noinline)) int32_t requantize_generally(const DspOutput& output,
                                                              const int32_t* channel, int32_t sum) {
  const int32_t exponent = channel[kExponent];
  const int32_t shift = exponent < 0 ? -(exponent + kGeneral) : -exponent;
  const int32_t scaled = fixed_point::rescale(sum, channel[kMultiplier], shift);
  return clamp(output, fixed_point::wrapping_add(scaled, output.output_zero_point));
}

// The same for a positive exponent, in fewer instructions, and without the clamp to min and max.
// The rounding shift adds half its divisor, less one for negative numbers. The sign of the sum
// stands in for that of the product: they differ only where the product rounds to 0, and then
// either gives 0.
inline int32_t requantize_right(const DspOutput& output, int32_t multiplier, int32_t exponent,
                                int32_t sum) {
  const int32_t rounding = (1 << (exponent - 1)) + (sum >> 31);
  const int32_t scaled = simd::smmlar(sum * 2, multiplier, rounding) >> exponent;
  return simd::saturate_s8(scaled + output.output_zero_point);
}

// Four output elements from four sums. Callers store them afterwards, all at once: the compiler
// must assume that a store changes the parameters.
inline Sums requantize(const DspOutput& output, const int32_t* channel_a, const int32_t* channel_b,
                       const int32_t* channel_c, const int32_t* channel_d, Sums sums) {
  const int32_t a = channel_a[kExponent], b = channel_b[kExponent];
  const int32_t c = channel_c[kExponent], d = channel_d[kExponent];
  if (__builtin_expect((a | b | c | d) < 0, 0))
    return {requantize_generally(output, channel_a, sums.a),
            requantize_generally(output, channel_b, sums.b),
            requantize_generally(output, channel_c, sums.c),
            requantize_generally(output, channel_d, sums.d)};
  sums.a = requantize_right(output, channel_a[kMultiplier], a, sums.a);
  sums.b = requantize_right(output, channel_b[kMultiplier], b, sums.b);
  sums.c = requantize_right(output, channel_c[kMultiplier], c, sums.c);
  sums.d = requantize_right(output, channel_d[kMultiplier], d, sums.d);
  if (__builtin_expect(output.is_clamped, 0))
    return {clamp(output, sums.a), clamp(output, sums.b), clamp(output, sums.c),
            clamp(output, sums.d)};
  return sums;
}

}  // namespace thimble::kernels
