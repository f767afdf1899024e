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
