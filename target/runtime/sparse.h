// Rows of int8 weights of which only those that are not zero are stored, in blocks of eight: a word
// of eight 4-bit steps, then the eight weights. Step i leads from the input of weight i - 1 (before
// the first: the first input of the row) to that of weight i. Where 15 is too short a step, and
// where a row ends within a block, there are weights of zero. 1.5 bytes a weight.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

constexpr int32_t kSparseBlockWords = 3;

// Four weights: those of bytes 2 * kHalf and 2 * kHalf + 1 of `even` and `odd`, which hold steps.
// The assembly keeps the loads together, where each takes one cycle.
template <int kHalf>
inline int32_t sparse_quad(const int8_t*& x, uint32_t even, uint32_t odd, uint32_t weights,
                           int32_t sum) {
#if defined(THIMBLE_DSP)
  int32_t a, b, c, high, low;
  __asm__(
      "uxtab %[a], %[x], %[even], ror %c[first]\n\t"
      "uxtab %[b], %[a], %[odd], ror %c[first]\n\t"
      "uxtab %[c], %[b], %[even], ror %c[second]\n\t"
      "uxtab %[x], %[c], %[odd], ror %c[second]\n\t"
      "ldrsb %[a], [%[a]]\n\t"
      "ldrsb %[b], [%[b]]\n\t"
      "ldrsb %[c], [%[c]]\n\t"
      "ldrsb %[high], [%[x]]\n\t"
      "sxtb16 %[low], %[weights]\n\t"
      "sxtb16 %[weights], %[weights], ror #8\n\t"
      "smlabb %[sum], %[a], %[low], %[sum]\n\t"
      "smlabb %[sum], %[b], %[weights], %[sum]\n\t"
      "smlabt %[sum], %[c], %[low], %[sum]\n\t"
      "smlabt %[sum], %[high], %[weights], %[sum]"
      : [x] "+r"(x), [weights] "+r"(weights), [sum] "+r"(sum), [a] "=&r"(a), [b] "=&r"(b),
        [c] "=&r"(c), [high] "=&r"(high), [low] "=&r"(low)
      : [even] "r"(even), [odd] "r"(odd), [first] "I"(16 * kHalf), [second] "I"(16 * kHalf + 8)
      : "memory");
#else
  for (int i = 0; i < 4; ++i) {
    x += (i % 2 == 0 ? even : odd) >> (16 * kHalf + 8 * (i / 2)) & 0xFFu;
    sum = static_cast<int32_t>(
        static_cast<uint32_t>(sum) +
        static_cast<uint32_t>(*x * static_cast<int8_t>(weights >> (8 * i) & 0xFFu)));
  }
#endif
  return sum;
}

// Four weights for four pixels, whose inputs `x` leads to, a word each. `even` and `odd` hold bytes
// of four times a step.
constexpr int32_t kSparsePixels = 4;

struct SparseSums {
  int32_t a, b, c, d;
};

template <int kHalf>
inline void sparse_quads(const uint8_t*& x, uint32_t even, uint32_t odd, uint32_t weights,
                         int32_t& a, int32_t& b, int32_t& c, int32_t& d) {
#if defined(THIMBLE_DSP)
  uint32_t p, q, t, w;
  // Aligned, as instructions of four bytes that are not take longer in a row.
  __asm__(
      ".p2align 2\n\t"
      "sxtb16 %[w], %[weights]\n\t"
      "uxtab %[p], %[x], %[even], ror %c[first]\n\t"
      "uxtab %[x], %[p], %[odd], ror %c[first]\n\t"
      "ldr %[p], [%[p]]\n\t"
      "ldr %[q], [%[x]]\n\t"
      "sxtb16 %[weights], %[weights], ror #8\n\t"
      "sxtb16 %[t], %[p]\n\t"
      "sxtb16 %[p], %[p], ror #8\n\t"
      "smlabb %[a], %[t], %[w], %[a]\n\t"
      "smlatb %[c], %[t], %[w], %[c]\n\t"
      "smlabb %[b], %[p], %[w], %[b]\n\t"
      "smlatb %[d], %[p], %[w], %[d]\n\t"
      "sxtb16 %[t], %[q]\n\t"
      "sxtb16 %[q], %[q], ror #8\n\t"
      "smlabb %[a], %[t], %[weights], %[a]\n\t"
      "smlatb %[c], %[t], %[weights], %[c]\n\t"
      "smlabb %[b], %[q], %[weights], %[b]\n\t"
      "smlatb %[d], %[q], %[weights], %[d]\n\t"
      "uxtab %[p], %[x], %[even], ror %c[second]\n\t"
      "uxtab %[x], %[p], %[odd], ror %c[second]\n\t"
      "ldr %[p], [%[p]]\n\t"
      "ldr %[q], [%[x]]\n\t"
      "sxtb16 %[t], %[p]\n\t"
      "sxtb16 %[p], %[p], ror #8\n\t"
      "smlabt %[a], %[t], %[w], %[a]\n\t"
      "smlatt %[c], %[t], %[w], %[c]\n\t"
      "smlabt %[b], %[p], %[w], %[b]\n\t"
      "smlatt %[d], %[p], %[w], %[d]\n\t"
      "sxtb16 %[t], %[q]\n\t"
      "sxtb16 %[q], %[q], ror #8\n\t"
      "smlabt %[a], %[t], %[weights], %[a]\n\t"
      "smlatt %[c], %[t], %[weights], %[c]\n\t"
      "smlabt %[b], %[q], %[weights], %[b]\n\t"
      "smlatt %[d], %[q], %[weights], %[d]"
      : [x] "+r"(x), [weights] "+r"(weights), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),
        [p] "=&r"(p), [q] "=&r"(q), [t] "=&r"(t), [w] "=&r"(w)
      : [even] "r"(even), [odd] "r"(odd), [first] "I"(16 * kHalf), [second] "I"(16 * kHalf + 8)
      : "memory");
#else
  for (int i = 0; i < 4; ++i) {
    x += (i % 2 == 0 ? even : odd) >> (16 * kHalf + 8 * (i / 2)) & 0xFFu;
    const auto weight = static_cast<int8_t>(weights >> (8 * i) & 0xFFu);
    const auto add = [x, weight](int32_t sum, int pixel) {
      const auto product = static_cast<uint32_t>(static_cast<int8_t>(x[pixel]) * weight);
      return static_cast<int32_t>(static_cast<uint32_t>(sum) + product);
    };
    a = add(a, 0), b = add(b, 1), c = add(c, 2), d = add(d, 3);
  }
#endif
}

// For four pixels at once: the sums of weights times inputs, modulo 2^32. `x`: aligned to words,
// one for each input, a byte of each pixel.
inline SparseSums sparse_dots(const uint32_t* block, int32_t blocks, const uint8_t* x) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (const uint32_t* end = block + kSparseBlockWords * blocks; block != end;
       block += kSparseBlockWords) {
    const uint32_t even = block[0] << 2 & 0x3C3C3C3Cu, odd = block[0] >> 2 & 0x3C3C3C3Cu;
    sparse_quads<0>(x, even, odd, block[1], a, b, c, d);
    sparse_quads<1>(x, even, odd, block[2], a, b, c, d);
  }
  return {a, b, c, d};
}

// The sum of weights times inputs, modulo 2^32.
inline int32_t sparse_dot(const uint32_t* block, int32_t blocks, const int8_t* x) {
  int32_t sum = 0;
  for (const uint32_t* end = block + kSparseBlockWords * blocks; block != end;
       block += kSparseBlockWords) {
    const uint32_t even = block[0] & 0x0F0F0F0Fu, odd = block[0] >> 4 & 0x0F0F0F0Fu;
    sum = sparse_quad<0>(x, even, odd, block[1], sum);
    sum = sparse_quad<1>(x, even, odd, block[2], sum);
  }
  return sum;
}

}  // namespace thimble::kernels
