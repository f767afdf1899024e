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

// Four channels times one column of pairs of inputs; sixteen times the sums, modulo 2^32. A word is
// eight signed nibbles in the same order. At the upper end of a byte a nibble is sixteen times what
// it stands for.
struct QuadSums {
  int32_t a, b, c, d;
};

inline QuadSums multiply_nibbles(const uint32_t* weights, const uint32_t* column, int32_t steps) {
  constexpr uint32_t kHigh = 0xF0F0F0F0u;
  QuadSums sums = {0, 0, 0, 0};
  const auto add = [&sums](uint32_t nibbles, uint32_t inputs) {
    const uint32_t low = nibbles << 4 & kHigh, high = nibbles & kHigh;
    sums.a = simd::smlad(simd::sxtb16(low), inputs, sums.a);
    sums.b = simd::smlad(simd::sxtb16<8>(low), inputs, sums.b);
    sums.c = simd::smlad(simd::sxtb16(high), inputs, sums.c);
    sums.d = simd::smlad(simd::sxtb16<8>(high), inputs, sums.d);
  };
  for (; steps >= 4; steps -= 4, weights += 4, column += 4) {
    // Loads that follow each other take a cycle each.
    const uint32_t w0 = weights[0], w1 = weights[1], x0 = column[0], x1 = column[1];
    add(w0, x0);
    add(w1, x1);
    const uint32_t w2 = weights[2], w3 = weights[3], x2 = column[2], x3 = column[3];
    add(w2, x2);
    add(w3, x3);
  }
  for (; steps > 0; --steps) add(*weights++, *column++);
  return sums;
}

}  // namespace thimble::kernels
