// From pixels, whose bytes are channels, to the words that the 3x3 depthwise kernels multiply.
//
// A stripe is four neighbouring channels: one word of every pixel. Two pixels that are neighbours
// in v become four words, one per channel, of two halfwords each. Such words for all positions in u
// are a line. Several lines lie interleaved: [position in u][line][channel].
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

constexpr int32_t kStripe = 4;

// Where the stripe at a channel begins: the last may begin earlier, so that no word reaches beyond
// a pixel.
inline int32_t first_of_stripe(int32_t channel, int32_t channels) {
  const int32_t last = channels - kStripe;
  return channel > last && last > 0 ? last : channel;
}

// kLine: words of a line at a position.
template <int kLine>
struct Lines {
  uint32_t* words;
  int32_t count;
  int32_t positions;

  uint32_t* at(int32_t position, int32_t line) const {
    return words + (position * count + line) * kLine;
  }
};

// The words of two pixels, `step` words apart.
inline void put_pair(uint32_t a, uint32_t b, uint32_t* to, int32_t step = 1) {
  const uint32_t a_even = simd::sxtb16(a), b_even = simd::sxtb16(b);
  const uint32_t a_odd = simd::sxtb16<8>(a), b_odd = simd::sxtb16<8>(b);
  to[0] = simd::pack_low(a_even, b_even);
  to[step] = simd::pack_low(a_odd, b_odd);
  to[2 * step] = simd::pack_high(a_even, b_even);
  to[3 * step] = simd::pack_high(a_odd, b_odd);
}

// The pixels of a line; a step of 0 repeats one pixel, which then is padding.
struct PixelPairs {
  const int8_t* a;
  const int8_t* b;
  int32_t a_step, b_step;  // bytes
  int32_t count;
};

#if defined(THIMBLE_DSP)
// clang-format off
// The words of pixels a and b; that of channel 0 goes to x, the others are stored.
#define EXTEND(a, b, at) \
  "sxtb16 %[t], %[" a "]\n\t" \
  "sxtb16 %[u], %[" b "]\n\t" \
  "sxtb16 %[" a "], %[" a "], ror #8\n\t" \
  "sxtb16 %[" b "], %[" b "], ror #8\n\t" \
  "pkhbt %[x], %[t], %[u], lsl #16\n\t" \
  "pkhtb %[u], %[u], %[t], asr #16\n\t" \
  "str.w %[u], [%[to], #" at " + 8]\n\t" \
  "pkhbt %[t], %[" a "], %[" b "], lsl #16\n\t" \
  "str.w %[t], [%[to], #" at " + 4]\n\t" \
  "pkhtb %[u], %[" b "], %[" a "], asr #16\n\t" \
  "str.w %[u], [%[to], #" at " + 12]\n\t"
// clang-format on

// An even number of positions.
template <int kPitch>
inline void extend_twos(PixelPairs pairs, uint32_t* to) {
  const uint32_t* const end = to + pairs.count * kPitch;
  uint32_t a0, a1, b0, b1, t, u, x;
  __asm__ volatile(
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w %[a0], [%[a]]\n\t"
      "ldr.w %[b0], [%[b]]\n\t"
      "ldr.w %[a1], [%[a], %[a_step]]\n\t"
      "ldr.w %[b1], [%[b], %[b_step]]\n\t"
      "add.w %[a], %[a], %[a_step], lsl #1\n\t"
      "add.w %[b], %[b], %[b_step], lsl #1\n\t"
      EXTEND("a1", "b1", "%c[pitch]")
      "str.w %[x], [%[to], #%c[pitch]]\n\t"
      EXTEND("a0", "b0", "0")
      "str.w %[x], [%[to]], #2 * %c[pitch]\n\t"
      "cmp.w %[to], %[end]\n\t"
      "bne.w 1b"
      : [a] "+r"(pairs.a), [b] "+r"(pairs.b), [to] "+r"(to), [a0] "=&r"(a0), [a1] "=&r"(a1),
        [b0] "=&r"(b0), [b1] "=&r"(b1), [t] "=&r"(t), [u] "=&r"(u), [x] "=&r"(x)
      : [a_step] "r"(pairs.a_step), [b_step] "r"(pairs.b_step), [end] "r"(end),
        [pitch] "i"(4 * kPitch)
      : "cc", "memory");
}
#undef EXTEND
#endif

// At least two pairs. `pitch`: words from position to position; kPitch repeats it.
template <int kPitch>
inline void extend_line(PixelPairs pairs, uint32_t* to, int32_t pitch) {
#if defined(THIMBLE_DSP)
  static_cast<void>(pitch);
  // Of an odd number the second is done twice.
  int32_t left = pairs.count % 2 ? pairs.count - 1 : 0;
  if (left) pairs.count = 2;
  for (;;) {
    extend_twos<kPitch>(pairs, to);
    if (!left) return;
    pairs.a += pairs.a_step;
    pairs.b += pairs.b_step;
    pairs.count = left;
    to += kPitch;
    left = 0;
  }
#else
  for (; pairs.count > 0; --pairs.count, to += pitch) {
    put_pair(simd::load_word(pairs.a), simd::load_word(pairs.b), to);
    pairs.a += pairs.a_step;
    pairs.b += pairs.b_step;
  }
#endif
}

}  // namespace thimble::kernels
