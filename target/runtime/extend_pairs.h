// Inputs as packed row pairs (packed.h) read them: bytes extended to halfwords, two to a word.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

// Bytes to pairs of halfwords, the order in which packed weights lie: groups of four bytes
// (b0 b1 b2 b3) become (b0, b2), (b1, b3); up to three that are left over become (b0, b1), (b2, 0).
// Returns the end of what was written.
inline uint32_t* extend_pairs(const int8_t* from, int32_t count, uint32_t* to) {
  for (; count >= 16; count -= 16) {
#if defined(THIMBLE_DSP)
    uint32_t a, b, c, d, t;
    __asm__ volatile(
        "ldr.w %[a], [%[from]], #16\n\t"
        "ldr.w %[b], [%[from], #-12]\n\t"
        "ldr.w %[c], [%[from], #-8]\n\t"
        "ldr.w %[d], [%[from], #-4]\n\t"
        "sxtb16 %[t], %[a]\n\t"
        "sxtb16 %[a], %[a], ror #8\n\t"
        "str.w %[t], [%[to]], #32\n\t"
        "sxtb16 %[t], %[b]\n\t"
        "str.w %[a], [%[to], #-28]\n\t"
        "sxtb16 %[b], %[b], ror #8\n\t"
        "str.w %[t], [%[to], #-24]\n\t"
        "sxtb16 %[t], %[c]\n\t"
        "str.w %[b], [%[to], #-20]\n\t"
        "sxtb16 %[c], %[c], ror #8\n\t"
        "str.w %[t], [%[to], #-16]\n\t"
        "sxtb16 %[t], %[d]\n\t"
        "str.w %[c], [%[to], #-12]\n\t"
        "sxtb16 %[d], %[d], ror #8\n\t"
        "str.w %[t], [%[to], #-8]\n\t"
        "str.w %[d], [%[to], #-4]"
        : [from] "+r"(from), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d),
          [t] "=&r"(t)
        :
        : "memory");
#else
    for (int32_t i = 0; i < 4; ++i, from += 4, to += 2) {
      const uint32_t bytes = simd::load_word(from);
      to[0] = simd::sxtb16(bytes), to[1] = simd::sxtb16<8>(bytes);
    }
#endif
  }
  for (; count >= 4; count -= 4, from += 4, to += 2) {
    const uint32_t bytes = simd::load_word(from);
    to[0] = simd::sxtb16(bytes), to[1] = simd::sxtb16<8>(bytes);
  }
  if (count == 0) return to;
  const uint32_t second = count > 1 ? static_cast<uint16_t>(from[1]) : 0u;
  *to++ = static_cast<uint16_t>(from[0]) | second << 16;
  if (count == 3) *to++ = static_cast<uint16_t>(from[2]);
  return to;
}

// Copies words, which the compiler would leave to memcpy or do one by one. To a lower address, the
// two may overlap.
inline void copy_words(const uint32_t* from, int32_t count, uint32_t* to) {
#if defined(THIMBLE_DSP)
  for (; count >= 8; count -= 8)
    __asm__ volatile(
        "ldm %[from]!, {r4-r6, r8-r12}\n\t"
        "stm %[to]!, {r4-r6, r8-r12}"
        : [from] "+r"(from), [to] "+r"(to)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "memory");
#endif
  for (; count > 0; --count) {
    *to++ = *from++;
    __asm__ volatile("" : : : "memory");  // or it becomes a call of memmove
  }
}

// Words that extend_pairs writes.
constexpr int32_t pair_words(int32_t count) {
  return (count + 1) / 2;
}

}  // namespace thimble::kernels
