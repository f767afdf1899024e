// Weights of four bits, two to a byte, as integers from -8 to 7.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

// For packed row pairs (packed.h): a word of eight nibbles, each a weight plus 8, becomes the two
// words of a step. The lower nibbles of bytes 0 to 3 are A_k, B_k, A_k+1, B_k+1, the upper ones
// those of C and D.
inline void decode_step(uint32_t nibbles, uint32_t* to) {
  constexpr uint32_t kLow = 0x0F0F0F0Fu, kOffset = 0x08080808u;
#if defined(THIMBLE_DSP)
  to[0] = __usub16(nibbles & kLow, kOffset);
  to[1] = __usub16(nibbles >> 4 & kLow, kOffset);
#else
  // The top bits keep a borrow out of the other halfword.
  constexpr uint32_t kTop = 0x80008000u;
  to[0] = ((nibbles & kLow) + kTop - kOffset) ^ kTop;
  to[1] = ((nibbles >> 4 & kLow) + kTop - kOffset) ^ kTop;
#endif
}

inline __attribute__((noinline)) void decode_steps(const uint32_t* nibbles, int32_t steps,
                                                   uint32_t* to) {
  for (; steps >= 4; steps -= 4, nibbles += 4, to += 8) {
    decode_step(nibbles[0], to);
    decode_step(nibbles[1], to + 2);
    decode_step(nibbles[2], to + 4);
    decode_step(nibbles[3], to + 6);
  }
  for (; steps > 0; --steps, to += 2) decode_step(*nibbles++, to);
}

// Four channels times one column of pairs of inputs, by the same words: sums of inputs times
// weights plus 8, modulo 2^32. "All" of a pair of channels is the sum of the first plus 256 times
// that of the second, which must be below 2^23 in magnitude.
struct QuadSums {
  int32_t a, b, c, d;
};

inline QuadSums multiply_nibbles(const uint32_t* weights, const uint32_t* column, int32_t steps) {
  constexpr uint32_t kLow = 0x0F0F0F0Fu;
  int32_t all_ab = 0, a = 0, all_cd = 0, c = 0;
  const auto add = [&](uint32_t nibbles, uint32_t inputs) {
    const uint32_t ab = nibbles & kLow, cd = nibbles >> 4 & kLow;
    all_ab = simd::smlad(ab, inputs, all_ab);
    a = simd::smlad(simd::sxtb16(ab), inputs, a);
    all_cd = simd::smlad(cd, inputs, all_cd);
    c = simd::smlad(simd::sxtb16(cd), inputs, c);
  };
  for (; steps >= 2; steps -= 2, weights += 2, column += 2) {
    // Loads that follow each other take a cycle each.
    const uint32_t w0 = weights[0], w1 = weights[1], x0 = column[0], x1 = column[1];
    add(w0, x0);
    add(w1, x1);
  }
  if (steps > 0) add(*weights, *column);
  const auto second = [](int32_t all, int32_t first) {
    return static_cast<int32_t>(static_cast<uint32_t>(all) - static_cast<uint32_t>(first)) >> 8;
  };
  return {a, second(all_ab, a), c, second(all_cd, c)};
}

}  // namespace thimble::kernels
