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

// x clamped to [-128, 127].
inline int32_t saturate_s8(int32_t x) {
#if defined(THIMBLE_DSP)
  return __ssat(x, 8);
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
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
  return (a & 0xFFFFu) | (b << 16);
}
inline uint32_t pack_high(uint32_t a, uint32_t b) {
  return (a >> 16) | (b & 0xFFFF0000u);
}

}  // namespace thimble::simd
