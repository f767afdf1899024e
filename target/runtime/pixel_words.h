// Sums and maxima of int8 pixels, several channels at once. Channels are innermost, so a word holds
// four neighbouring ones.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

// Some pixels of an image, at some channel.
struct PixelBlock {
  const int8_t* first;
  int32_t rows, columns;
  int32_t row_step, pixel_step;  // bytes

  // Rows that follow each other without a gap are one.
  void merge_rows() {
    if (columns * pixel_step != row_step) return;
    columns *= rows;
    rows = 1;
  }

  PixelBlock at_channel(int32_t channel) const {
    PixelBlock block = *this;
    block.first += channel;
    return block;
  }
};

// Sums of at most kMostPixels fit in half-words.
constexpr int32_t kMostPixels = 256;

// Calls visit(address) for every pixel.
template <typename Visit>
inline void for_each_pixel(const PixelBlock& block, Visit visit) {
  const int8_t* row = block.first;
  for (int32_t i = 0; i < block.rows; ++i, row += block.row_step) {
    const int8_t* pixel = row;
    for (int32_t j = block.columns; j > 0; --j, pixel += block.pixel_step) visit(pixel);
  }
}

// The sums of eight channels: 0 and 2, 1 and 3, 4 and 6, 5 and 7 as pairs of half-words.
struct EightSums {
  uint32_t pairs[4];

  // Of channels 0 to 7.
  int32_t operator[](int32_t channel) const {
    const uint32_t pair = pairs[(channel >> 2) * 2 + (channel & 1)];
    return (channel & 2) != 0 ? simd::high_half(pair) : simd::low_half(pair);
  }
};

inline EightSums sum_eight(const PixelBlock& block) {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  const int8_t* row = block.first;
  for (int32_t i = 0; i < block.rows; ++i, row += block.row_step) {
    const int8_t* pixel = row;
    int32_t left = block.columns;
#if defined(THIMBLE_DSP)
    // Two pixels a turn, with their loads in one run so that each hides the delay of the one
    // before.
    if (left >= 2) {
      const int8_t* next = pixel + block.pixel_step;
      const int8_t* const end = pixel + (left & ~1) * block.pixel_step;
      uint32_t w, x, y, z;
      __asm__(
          ".p2align 2\n"
          "1:\n\t"
          "ldr.w %[w], [%[pixel]]\n\t"
          "ldr.w %[x], [%[pixel], #4]\n\t"
          "ldr.w %[y], [%[next]]\n\t"
          "ldr.w %[z], [%[next], #4]\n\t"
          "add.w %[pixel], %[pixel], %[step], lsl #1\n\t"
          "add.w %[next], %[next], %[step], lsl #1\n\t"
          "sxtab16 %[a], %[a], %[w]\n\t"
          "sxtab16 %[b], %[b], %[w], ror #8\n\t"
          "sxtab16 %[c], %[c], %[x]\n\t"
          "sxtab16 %[d], %[d], %[x], ror #8\n\t"
          "sxtab16 %[a], %[a], %[y]\n\t"
          "sxtab16 %[b], %[b], %[y], ror #8\n\t"
          "sxtab16 %[c], %[c], %[z]\n\t"
          "sxtab16 %[d], %[d], %[z], ror #8\n\t"
          "cmp.w %[pixel], %[end]\n\t"
          "bne.w 1b"
          : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [pixel] "+r"(pixel),
            [next] "+r"(next), [w] "=&r"(w), [x] "=&r"(x), [y] "=&r"(y), [z] "=&r"(z)
          : [step] "r"(block.pixel_step), [end] "r"(end)
          : "cc", "memory");
      left &= 1;
    }
#endif
    for (; left > 0; --left, pixel += block.pixel_step) {
      const uint32_t low = simd::load_word(pixel), high = simd::load_word(pixel + 4);
      a = simd::sxtab16(a, low);
      b = simd::sxtab16<8>(b, low);
      c = simd::sxtab16(c, high);
      d = simd::sxtab16<8>(d, high);
    }
  }
  return {{a, b, c, d}};
}

inline int32_t sum_one(const PixelBlock& block) {
  int32_t sum = 0;
  for_each_pixel(block, [&](const int8_t* pixel) { sum += *pixel; });
  return sum;
}

}  // namespace thimble::kernels
