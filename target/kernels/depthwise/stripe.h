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

struct Lines {
  uint32_t* words;
  int32_t count;
  int32_t positions;

  uint32_t* at(int32_t position, int32_t line) const {
    return words + (position * count + line) * kStripe;
  }
};

inline void put_pair(uint32_t a, uint32_t b, uint32_t* to) {
  const uint32_t a_even = simd::sxtb16(a), b_even = simd::sxtb16(b);
  const uint32_t a_odd = simd::sxtb16<8>(a), b_odd = simd::sxtb16<8>(b);
  to[0] = simd::pack_low(a_even, b_even);
  to[1] = simd::pack_low(a_odd, b_odd);
  to[2] = simd::pack_high(a_even, b_even);
  to[3] = simd::pack_high(a_odd, b_odd);
}

// The channels of a pixel, of which fewer than four may be left.
inline uint32_t load_pixel(const int8_t* pixel, int32_t channels) {
  if (channels >= kStripe) return simd::load_word(pixel);
  uint32_t word = 0;
  for (int32_t c = 0; c < channels; ++c)
    word |= static_cast<uint32_t>(static_cast<uint8_t>(pixel[c])) << (8 * c);
  return word;
}

// The pixels of a line; a step of 0 repeats one pixel, which then is padding.
struct PixelPairs {
  const int8_t* a;
  const int8_t* b;
  int32_t a_step, b_step;  // bytes
  int32_t count;
  int32_t channels;  // that may be read
};

inline void extend_line(const PixelPairs& pairs, uint32_t* to, int32_t pitch) {
  const int8_t* a = pairs.a;
  const int8_t* b = pairs.b;
  int32_t count = pairs.count;
  if (pairs.channels >= kStripe) {
    for (; count >= 2; count -= 2, to += 2 * pitch) {
      const uint32_t a0 = simd::load_word(a), b0 = simd::load_word(b);
      a += pairs.a_step;
      b += pairs.b_step;
      const uint32_t a1 = simd::load_word(a), b1 = simd::load_word(b);
      a += pairs.a_step;
      b += pairs.b_step;
      put_pair(a0, b0, to);
      put_pair(a1, b1, to + pitch);
    }
  }
  for (; count > 0; --count, to += pitch) {
    put_pair(load_pixel(a, pairs.channels), load_pixel(b, pairs.channels), to);
    a += pairs.a_step;
    b += pairs.b_step;
  }
}

}  // namespace thimble::kernels
