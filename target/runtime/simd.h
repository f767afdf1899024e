// The few DSP instructions that kernels use, under one name on every machine.
//
// On Armv7E-M each is one instruction; elsewhere plain C++ with the same result, so that the DSP
// kernels run and are tested on the host too.
#pragma once

#include <stdint.h>
// Not every core with DSP instructions has these in Thumb form (Cortex-R, ARMv5TE).
#if defined(__ARM_FEATURE_SIMD32) && defined(__thumb2__)
#define THIMBLE_DSP 1
#include <arm_acle.h>
#endif

namespace thimble::simd {

// Two signed halfwords in one word: low = bits 0-15, high = bits 16-31.
inline int32_t low_half(uint32_t x) {
  return static_cast<int16_t>(x & 0xFFFFu);
}
inline int32_t high_half(uint32_t x) {
  return static_cast<int16_t>(x >> 16);
}

// Four bytes, unaligned, little endian.
inline uint32_t load_word(const void* bytes) {
  uint32_t word;
  __builtin_memcpy(&word, bytes, 4);
  return word;
}

inline void store_word(void* bytes, uint32_t word) {
  __builtin_memcpy(bytes, &word, 4);
}

// acc + low(a) * low(b) + high(a) * high(b), modulo 2^32.
inline int32_t smlad(uint32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlad(static_cast<int32_t>(a), static_cast<int32_t>(b), acc);
#else
  return static_cast<int32_t>(static_cast<uint32_t>(acc) +
                              static_cast<uint32_t>(low_half(a) * low_half(b)) +
                              static_cast<uint32_t>(high_half(a) * high_half(b)));
#endif
}

// acc + low(a) * low(b), modulo 2^32.
inline int32_t smlabb(uint32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlabb(static_cast<int32_t>(a), static_cast<int32_t>(b), acc);
#else
  return static_cast<int32_t>(static_cast<uint32_t>(acc) +
                              static_cast<uint32_t>(low_half(a) * low_half(b)));
#endif
}

// acc + high(a) * high(b), modulo 2^32.
inline int32_t smlatt(uint32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlatt(static_cast<int32_t>(a), static_cast<int32_t>(b), acc);
#else
  return static_cast<int32_t>(static_cast<uint32_t>(acc) +
                              static_cast<uint32_t>(high_half(a) * high_half(b)));
#endif
}

// acc + low(a) * high(b) and acc + high(a) * low(b), modulo 2^32.
inline int32_t smlabt(uint32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlabt(static_cast<int32_t>(a), static_cast<int32_t>(b), acc);
#else
  return static_cast<int32_t>(static_cast<uint32_t>(acc) +
                              static_cast<uint32_t>(low_half(a) * high_half(b)));
#endif
}
inline int32_t smlatb(uint32_t a, uint32_t b, int32_t acc) {
  return smlabt(b, a, acc);
}

// acc + a * b / 2^32, rounded to nearest, halves up, modulo 2^32.
inline int32_t smmlar(int32_t a, int32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  int32_t result;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
  return result;
#else
  const int64_t product = static_cast<int64_t>(a) * b + (int64_t{1} << 31);
  return static_cast<int32_t>(static_cast<uint32_t>(acc) + static_cast<uint32_t>(product >> 32));
#endif
}

// The same, rounded down.
inline int32_t smmla(int32_t a, int32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  int32_t result;
  __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(acc));
  return result;
#else
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>(static_cast<uint32_t>(acc) + static_cast<uint32_t>(product >> 32));
#endif
}

// acc + a * low(b) / 2^16, rounded down, modulo 2^32.
inline int32_t smlawb(int32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlawb(a, static_cast<int32_t>(b), acc);
#else
  const int64_t product = static_cast<int64_t>(a) * low_half(b);
  return static_cast<int32_t>(static_cast<uint32_t>(acc) + static_cast<uint32_t>(product >> 16));
#endif
}

// acc + a * high(b) / 2^16, rounded down, modulo 2^32.
inline int32_t smlawt(int32_t a, uint32_t b, int32_t acc) {
#if defined(THIMBLE_DSP)
  return __smlawt(a, static_cast<int32_t>(b), acc);
#else
  return smlawb(a, b >> 16, acc);
#endif
}

// x clamped to [-128, 127].
inline int32_t saturate_s8(int32_t x) {
#if defined(THIMBLE_DSP)
  return __ssat(x, 8);
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

// The same of x >> Shift, in one instruction.
template <int Shift>
inline int32_t saturate_s8_shifted(int32_t x) {
#if defined(THIMBLE_DSP)
  int32_t result;
  __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(x), "I"(Shift));
  return result;
#else
  return saturate_s8(x >> Shift);
#endif
}

// A word of the lowest bytes of four words, a's lowest.
inline uint32_t pack_bytes(int32_t a, int32_t b, int32_t c, int32_t d) {
#if defined(THIMBLE_DSP)
  __asm__(
      "bfi %0, %1, #8, #8\n\t"
      "bfi %0, %2, #16, #8\n\t"
      "bfi %0, %3, #24, #8"
      : "+r"(a)
      : "r"(b), "r"(c), "r"(d));
  return static_cast<uint32_t>(a);
#else
  return (static_cast<uint32_t>(a) & 0xFFu) | (static_cast<uint32_t>(b) & 0xFFu) << 8 |
         (static_cast<uint32_t>(c) & 0xFFu) << 16 | static_cast<uint32_t>(d) << 24;
#endif
}

// Byte by byte the larger and the smaller of two words of int8.
inline uint32_t max_s8x4(uint32_t a, uint32_t b) {
#if defined(THIMBLE_DSP)
  uint32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b));
  return result;
#else
  uint32_t result = 0;
  for (int i = 0; i < 32; i += 8) {
    const auto x = static_cast<int8_t>((a >> i) & 0xFFu), y = static_cast<int8_t>((b >> i) & 0xFFu);
    result |= static_cast<uint32_t>(static_cast<uint8_t>(x > y ? x : y)) << i;
  }
  return result;
#endif
}
inline uint32_t min_s8x4(uint32_t a, uint32_t b) {
#if defined(THIMBLE_DSP)
  uint32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b));
  return result;
#else
  return ~max_s8x4(~a, ~b);
#endif
}

// Four copies of the lowest byte.
inline uint32_t repeat_byte(int32_t x) {
  return (static_cast<uint32_t>(x) & 0xFFu) * 0x01010101u;
}

// Bytes 0 and 2 (after rotating right by Rotate bits), sign-extended to halfwords.
template <int Rotate = 0>
inline uint32_t sxtb16(uint32_t x) {
  static_assert(Rotate == 0 || Rotate == 8, "the instruction rotates by whole bytes");
#if defined(THIMBLE_DSP)
  if (Rotate == 0) return static_cast<uint32_t>(__sxtb16(static_cast<int32_t>(x)));
  uint32_t result;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(x));
  return result;
#else
  x >>= Rotate;
  return (static_cast<uint32_t>(static_cast<int8_t>(x & 0xFF)) & 0xFFFFu) |
         (static_cast<uint32_t>(static_cast<int8_t>((x >> 16) & 0xFF)) << 16);
#endif
}

// sxtb16(x) with the halves of `a` added, each modulo 2^16.
template <int Rotate = 0>
inline uint32_t sxtab16(uint32_t a, uint32_t x) {
  static_assert(Rotate == 0 || Rotate == 8, "the instruction rotates by whole bytes");
#if defined(THIMBLE_DSP)
  if (Rotate == 0)
    return static_cast<uint32_t>(__sxtab16(static_cast<int32_t>(a), static_cast<int32_t>(x)));
  uint32_t result;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(a), "r"(x));
  return result;
#else
  const uint32_t b = sxtb16<Rotate>(x);
  return ((a + b) & 0xFFFFu) | (((a & 0xFFFF0000u) + (b & 0xFFFF0000u)) & 0xFFFF0000u);
#endif
}

// low(a) | low(b) << 16, and high(a) >> 16 | high(b).
inline uint32_t pack_low(uint32_t a, uint32_t b) {
#if defined(THIMBLE_DSP)
  uint32_t result;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
  return result;
#else
  return (a & 0xFFFFu) | (b << 16);
#endif
}
inline uint32_t pack_high(uint32_t a, uint32_t b) {
#if defined(THIMBLE_DSP)
  uint32_t result;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
  return result;
#else
  return (a >> 16) | (b & 0xFFFF0000u);
#endif
}

}  // namespace thimble::simd
