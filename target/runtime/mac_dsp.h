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

// sums[Columns * row + column] += weights of the row * inputs of the column. The weights of the
// Rows rows are interleaved: group i of row r is the word Rows * i + r. Any number of groups.
template <int Rows, int Columns>
inline void accumulate(const int8_t* weights, const uint32_t* columns, int32_t groups,
                       int32_t* sums) {
  for (; groups > 0; --groups, columns += 2 * Columns)
    for (int row = 0; row < Rows; ++row, weights += kGroup) {
      const uint32_t bytes = simd::load_word(weights);
      const uint32_t even = simd::sxtb16(bytes), odd = simd::sxtb16<8>(bytes);
      for (int column = 0; column < Columns; ++column) {
        int32_t& sum = sums[Columns * row + column];
        sum = simd::smlad(even, columns[column], sum);
        sum = simd::smlad(odd, columns[Columns + column], sum);
      }
    }
}

#if defined(__ARM_FEATURE_DSP)

// The two hot shapes. In assembly because compilers run out of registers on them; two groups a
// turn, loads in runs so that each hides the delay of the one before, pointers moved by the first
// load.

template <>
inline void accumulate<2, 2>(const int8_t* weights, const uint32_t* columns, int32_t groups,
                             int32_t* sums) {
  int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
  if (groups & 1) {
    const uint32_t w = simd::load_word(weights), v = simd::load_word(weights + kGroup);
    weights += 2 * kGroup;
    a = simd::smlad(simd::sxtb16(w), columns[0], simd::smlad(simd::sxtb16<8>(w), columns[2], a));
    b = simd::smlad(simd::sxtb16(w), columns[1], simd::smlad(simd::sxtb16<8>(w), columns[3], b));
    c = simd::smlad(simd::sxtb16(v), columns[0], simd::smlad(simd::sxtb16<8>(v), columns[2], c));
    d = simd::smlad(simd::sxtb16(v), columns[1], simd::smlad(simd::sxtb16<8>(v), columns[3], d));
    columns += 4;
  }
  const uint32_t* const end = columns + 4 * (groups & ~1);
  uint32_t w, v, x, y, t;
  if (columns != end)
    __asm__(
        ".p2align 2\n"
        "1:\n\t"
        "ldr.w %[w], [%[weights]], #16\n\t"
        "ldr.w %[x], [%[columns]], #32\n\t"
        "ldr.w %[v], [%[weights], #-12]\n\t"
        "ldr.w %[y], [%[columns], #-28]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "smlad %[b], %[t], %[y], %[b]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[c], %[t], %[x], %[c]\n\t"
        "smlad %[d], %[t], %[y], %[d]\n\t"
        "ldr.w %[x], [%[columns], #-24]\n\t"
        "ldr.w %[y], [%[columns], #-20]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[x], %[a]\n\t"
        "smlad %[b], %[w], %[y], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[c], %[v], %[x], %[c]\n\t"
        "smlad %[d], %[v], %[y], %[d]\n\t"
        "ldr.w %[w], [%[weights], #-8]\n\t"
        "ldr.w %[v], [%[weights], #-4]\n\t"
        "ldr.w %[x], [%[columns], #-16]\n\t"
        "ldr.w %[y], [%[columns], #-12]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "smlad %[b], %[t], %[y], %[b]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[c], %[t], %[x], %[c]\n\t"
        "smlad %[d], %[t], %[y], %[d]\n\t"
        "ldr.w %[x], [%[columns], #-8]\n\t"
        "ldr.w %[y], [%[columns], #-4]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[x], %[a]\n\t"
        "smlad %[b], %[w], %[y], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[c], %[v], %[x], %[c]\n\t"
        "smlad %[d], %[v], %[y], %[d]\n\t"
        "cmp.w %[columns], %[end]\n\t"
        "bne.w 1b"
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [weights] "+r"(weights),
          [columns] "+r"(columns), [w] "=&r"(w), [v] "=&r"(v), [x] "=&r"(x), [y] "=&r"(y),
          [t] "=&r"(t)
        : [end] "r"(end)
        : "cc", "memory");
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

template <>
inline void accumulate<4, 1>(const int8_t* weights, const uint32_t* columns, int32_t groups,
                             int32_t* sums) {
  int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
  const uint32_t* const end = columns + 2 * groups;
  uint32_t w, v, x, y, t;
  if (columns != end)
    __asm__(
        ".p2align 2\n"
        "1:\n\t"
        "ldr.w %[w], [%[weights]], #16\n\t"
        "ldr.w %[x], [%[columns]], #8\n\t"
        "ldr.w %[v], [%[weights], #-12]\n\t"
        "ldr.w %[y], [%[columns], #-4]\n\t"
        "sxtb16 %[t], %[w]\n\t"
        "smlad %[a], %[t], %[x], %[a]\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "smlad %[a], %[w], %[y], %[a]\n\t"
        "sxtb16 %[t], %[v]\n\t"
        "smlad %[b], %[t], %[x], %[b]\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[b], %[v], %[y], %[b]\n\t"
        "ldr.w %[w], [%[weights], #-8]\n\t"
        "ldr.w %[v], [%[weights], #-4]\n\t"
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
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [weights] "+r"(weights),
          [columns] "+r"(columns), [w] "=&r"(w), [v] "=&r"(v), [x] "=&r"(x), [y] "=&r"(y),
          [t] "=&r"(t)
        : [end] "r"(end)
        : "cc", "memory");
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

#endif  // __ARM_FEATURE_DSP

// The same as requantize (requantize.h) in fewer instructions, for |sum| < 2^30 and a shift of -1
// or less. The rounding shift adds half its divisor, less one for negative numbers. The sign of the
// sum stands in for that of the product: they differ only where the product rounds to 0, and then
// either gives 0.
inline int32_t requantize_right(const Requantization& r, int32_t sum, int32_t channel) {
  const int32_t exponent = -r.shifts[channel];
  const int32_t rounding = (1 << (exponent - 1)) + (sum >> 31);
  const int32_t scaled = simd::smmlar(sum * 2, r.multipliers[channel], rounding) >> exponent;
  return fixed_point::clamp(scaled + r.output_zero_point, r.min, r.max);
}

}  // namespace thimble::kernels
