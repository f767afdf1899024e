// The transforms of Winograd's convolution (winograd.h): loops in assembly for Armv7E-M.
//
// A window of inputs is transformed by columns, which neighbouring windows share, then by rows; the
// sums of its products by rows, then by columns, down to int8 outputs.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"
#include "runtime/winograd.h"

namespace thimble::kernels {

// Six values of a column of two pairs of channels, (c, c + 2) and (c + 1, c + 3).
constexpr int32_t kWinogradColumnWords = 2 * kWinogradWindow;

// Four channels of `count` columns that lie side by side, inside the image; at least one. Here and
// below, the assembly takes members by position, and has as template arguments what it needs of the
// others.
struct WinogradColumns {
  const int8_t* from;  // the first channel, in the first of the six rows
  uint32_t* to;        // kWinogradColumnWords each
  int32_t count;
  int32_t row_bytes, pixel_bytes;  // of the image
};

// A pair of channels of `count` tiles that lie side by side, at least one; at most the four of a
// group.
struct WinogradRows {
  const uint32_t* from;  // the pair's words in the first column
  uint32_t* to;          // the first tile's word in the cell of the first position
  int32_t count;
  int32_t position_words;  // from a position's cells to the next one's
};

// An output channel of `count` such tiles.
struct WinogradBack {
  const uint32_t* sums;  // of the first tile in the cell of the first position
  int8_t* output;        // the first tile's first
  int32_t count;
  // The last step, see packed.h: m, e - 1, (2z + 1) << (e - 1).
  int32_t multiplier, shift, rounding;
  int32_t row_bytes;    // from a row of the output to the next one
  int32_t pixel_bytes;  // of the output
  int32_t position_words;
};

#if defined(THIMBLE_DSP)

// r2-r7 are the six rows' bytes; r8-r11, lr hold values on their way. kRowBytes is at most 4095.
template <int kRowBytes, int kPixelBytes>
__attribute__((naked, noinline)) void transform_columns(const WinogradColumns*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      "ldm.w r0, {r0-r2}\n\t"
      "add.w r2, r2, r2, lsl #1\n\t"
      "add.w r2, r1, r2, lsl #4\n\t"
      "push.w {r2}\n\t"
      "mov.w r12, #0x00800080\n\t"
      ".p2align 2\n"
      "1:\n\t"
      ".if 5*%c[row] > 4095\n\t"
      "movw r9, #2*%c[row]\n\t"
      "add.w r8, r0, r9\n\t"
      "add.w r9, r8, r9\n\t"
      "ldr.w r2, [r0]\n\t"
      "ldr.w r3, [r0, #%c[row]]\n\t"
      "ldr.w r4, [r8]\n\t"
      "ldr.w r5, [r8, #%c[row]]\n\t"
      "ldr.w r6, [r9]\n\t"
      "ldr.w r7, [r9, #%c[row]]\n\t"
      ".else\n\t"
      "ldr.w r2, [r0]\n\t"
      "ldr.w r3, [r0, #%c[row]]\n\t"
      "ldr.w r4, [r0, #2*%c[row]]\n\t"
      "ldr.w r5, [r0, #3*%c[row]]\n\t"
      "ldr.w r6, [r0, #4*%c[row]]\n\t"
      "ldr.w r7, [r0, #5*%c[row]]\n\t"
      ".endif\n\t"
      "addw r0, r0, #%c[pixel]\n\t"
      // The pair of bytes 0 and 2.
      "sxtab16 r8, r12, r4\n\t"
      "sxtab16 r9, r12, r6\n\t"
      "sxtab16 r11, r12, r2\n\t"
      "sub.w r10, r9, r8\n\t"
      "sub.w r9, r9, r8, lsl #2\n\t"
      "sub.w r11, r11, r8\n\t"
      "add.w r11, r10, r11, lsl #2\n\t"
      "str.w r11, [r1, #0]\n\t"
      "sxtab16 r8, r12, r3\n\t"
      "sxtab16 r11, r12, r5\n\t"
      "sub.w lr, r11, r8\n\t"
      "sub.w r8, r11, r8, lsl #2\n\t"
      "add.w r9, r9, r8\n\t"
      "sub.w r8, r9, r8, lsl #1\n\t"
      "str.w r9, [r1, #4]\n\t"
      "str.w r8, [r1, #8]\n\t"
      "sxtab16 r8, r12, r7\n\t"
      "add.w r11, r11, lr, lsl #2\n\t"
      "sub.w r8, r8, r11\n\t"
      "add.w r10, r10, lr, lsl #1\n\t"
      "sub.w lr, r10, lr, lsl #2\n\t"
      "str.w r10, [r1, #12]\n\t"
      "str.w lr, [r1, #16]\n\t"
      "str.w r8, [r1, #20]\n\t"
      // The pair of bytes 1 and 3.
      "sxtab16 r8, r12, r4, ror #8\n\t"
      "sxtab16 r9, r12, r6, ror #8\n\t"
      "sxtab16 r11, r12, r2, ror #8\n\t"
      "sub.w r10, r9, r8\n\t"
      "sub.w r9, r9, r8, lsl #2\n\t"
      "sub.w r11, r11, r8\n\t"
      "add.w r11, r10, r11, lsl #2\n\t"
      "str.w r11, [r1, #24]\n\t"
      "sxtab16 r8, r12, r3, ror #8\n\t"
      "sxtab16 r11, r12, r5, ror #8\n\t"
      "sub.w lr, r11, r8\n\t"
      "sub.w r8, r11, r8, lsl #2\n\t"
      "add.w r9, r9, r8\n\t"
      "sub.w r8, r9, r8, lsl #1\n\t"
      "str.w r9, [r1, #28]\n\t"
      "str.w r8, [r1, #32]\n\t"
      "sxtab16 r8, r12, r7, ror #8\n\t"
      "add.w r11, r11, lr, lsl #2\n\t"
      "sub.w r8, r8, r11\n\t"
      "add.w r10, r10, lr, lsl #1\n\t"
      "sub.w lr, r10, lr, lsl #2\n\t"
      "str.w r10, [r1, #36]\n\t"
      "str.w lr, [r1, #40]\n\t"
      "str.w r8, [r1, #44]\n\t"
      "add.w r1, r1, #48\n\t"
      "ldr.w r8, [sp]\n\t"
      "cmp.w r1, r8\n\t"
      "bne.w 1b\n\t"
      "add.w sp, sp, #4\n\t"
      "pop.w {r4-r11, pc}\n\t"
      :
      : [row] "i"(kRowBytes), [pixel] "i"(kPixelBytes));
}

// One row: r3-r8 are its six words. r1 is the cell of the row's first position, r2 of its fourth.
#define THIMBLE_ROW                     \
  "ldr.w r3, [r0]\n\t"                  \
  "ldr.w r4, [r0, #48]\n\t"             \
  "ldr.w r5, [r0, #2*48]\n\t"           \
  "ldr.w r6, [r0, #3*48]\n\t"           \
  "ldr.w r7, [r0, #4*48]\n\t"           \
  "ldr.w r8, [r0, #5*48]\n\t"           \
  "add.w r0, r0, #4\n\t"                \
  "add.w r7, r7, #%c[offset]\n\t"       \
  "add.w r8, r8, #%c[offset]\n\t"       \
  "sub.w r9, r7, r5\n\t"                \
  "sub.w r7, r7, r5, lsl #2\n\t"        \
  "sub.w r3, r3, r5\n\t"                \
  "add.w r3, r9, r3, lsl #2\n\t"        \
  "sub.w r10, r6, r4\n\t"               \
  "sub.w r4, r6, r4, lsl #2\n\t"        \
  "sub.w r8, r8, r6\n\t"                \
  "sub.w r8, r8, r10, lsl #2\n\t"       \
  "add.w r7, r7, r4\n\t"                \
  "sub.w r4, r7, r4, lsl #1\n\t"        \
  "add.w r9, r9, r10, lsl #1\n\t"       \
  "sub.w r10, r9, r10, lsl #2\n\t"      \
  "str.w r3, [r1]\n\t"                  \
  "str.w r7, [r1, #%c[position]]\n\t"   \
  "str.w r4, [r1, #2*%c[position]]\n\t" \
  "str.w r9, [r2]\n\t"                  \
  "str.w r10, [r2, #%c[position]]\n\t"  \
  "str.w r8, [r2, #2*%c[position]]\n\t" \
  "add.w r1, r1, r12\n\t"               \
  "add.w r2, r2, r12\n\t"

// r11 is the end of the columns' words, r12 the bytes of a row of positions; what is left to do is
// on the stack.
template <int kPositionBytes>
__attribute__((naked, noinline)) void transform_rows(const WinogradRows*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      "ldm.w r0, {r0, r1, lr}\n\t"
      "movw r12, #6*%c[position]\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "add.w r11, r0, #24\n\t"
      "addw r2, r1, #3*%c[position]\n"
      "2:\n\t"
      THIMBLE_ROW
      THIMBLE_ROW
      THIMBLE_ROW
      "cmp.w r0, r11\n\t"
      "bne.w 2b\n\t"
      "add.w r0, r0, #4*48-24\n\t"
      "sub.w r1, r1, r12, lsl #2\n\t"
      "sub.w r1, r1, r12, lsl #1\n\t"
      "add.w r1, r1, #4\n\t"
      "subs.w lr, lr, #1\n\t"
      "bne.w 1b\n\t"
      "pop.w {r4-r11, pc}\n\t"
      :
      : [position] "i"(kPositionBytes), [offset] "i"(kWinogradOffset));
}

#undef THIMBLE_ROW

// A column of outputs, from the sums r4-r9: the outputs are in r4, r5, r7, r9. r0-r3 are the places
// of the four rows, r10 the multiplier, r11 the shift, r12 the rounding term, lr the inverse of 9.
#define THIMBLE_REQUANTIZE(sum, bits, to, column)        \
  "mul " sum ", " sum ", lr\n\t"                         \
  "asr.w " sum ", " sum ", #" #bits "-1\n\t"             \
  ".if %c[is_signed]\n\t"                                \
  "add.w r6, r12, " sum ", asr #31\n\t"                  \
  "smmlar " sum ", " sum ", r10, r6\n\t"                 \
  ".else\n\t"                                            \
  "smmlar " sum ", " sum ", r10, r12\n\t"                \
  ".endif\n\t"                                           \
  "asr.w " sum ", " sum ", r11\n\t"                      \
  "ssat " sum ", #8, " sum ", asr #1\n\t"                \
  "strb.w " sum ", [" to ", #" #column "*%c[pixel]]\n\t"
#define THIMBLE_COLUMN(j, bits)             \
  "ldr.w r4, [sp, #4*" #j "]\n\t"           \
  "ldr.w r5, [sp, #4*" #j "+16]\n\t"        \
  "ldr.w r6, [sp, #4*" #j "+32]\n\t"        \
  "ldr.w r7, [sp, #4*" #j "+48]\n\t"        \
  "ldr.w r8, [sp, #4*" #j "+64]\n\t"        \
  "ldr.w r9, [sp, #4*" #j "+80]\n\t"        \
  "add.w r5, r5, r6\n\t"                    \
  "sub.w r6, r5, r6, lsl #1\n\t"            \
  "add.w r7, r7, r8\n\t"                    \
  "sub.w r8, r7, r8, lsl #1\n\t"            \
  "add.w r4, r4, r7\n\t"                    \
  "sub.w r4, r4, r5, lsl #2\n\t"            \
  "sub.w r7, r7, r5\n\t"                    \
  "sub.w r5, r8, r6, lsl #1\n\t"            \
  "add.w r9, r9, r8, lsl #1\n\t"            \
  "sub.w r9, r9, r6\n\t"                    \
  THIMBLE_REQUANTIZE("r4", bits + 3, "r0", j) \
  THIMBLE_REQUANTIZE("r5", bits + 2, "r1", j) \
  THIMBLE_REQUANTIZE("r7", bits + 1, "r2", j) \
  THIMBLE_REQUANTIZE("r9", bits + 1, "r3", j)

// On the stack: 6 rows of 4 sums; place of the sums, of the output; tiles left; multiplier, shift,
// rounding term; bytes of a row of the output. First loop, over rows: r0, r1 are the cells of the
// first and fourth position of the row, r11 the place on the stack, r12 the bytes of a row of
// positions. kIsSigned is false only for an output zero point of -128.
template <int kPositionBytes, int kPixelBytes, bool kIsSigned>
__attribute__((naked, noinline)) void transform_back(const WinogradBack*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      "ldm.w r0, {r1-r7}\n\t"
      "sub.w sp, sp, #124\n\t"
      "add.w r0, sp, #96\n\t"
      "stm.w r0, {r1-r7}\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w r0, [sp, #96]\n\t"
      "mov.w r11, sp\n\t"
      "movw r12, #6*%c[position]\n\t"
      "addw r1, r0, #3*%c[position]\n\t"
      "add.w lr, sp, #96\n"
      "2:\n\t"
      "ldr.w r2, [r0]\n\t"
      "ldr.w r3, [r0, #%c[position]]\n\t"
      "ldr.w r4, [r0, #2*%c[position]]\n\t"
      "ldr.w r5, [r1]\n\t"
      "ldr.w r6, [r1, #%c[position]]\n\t"
      "ldr.w r7, [r1, #2*%c[position]]\n\t"
      "add.w r0, r0, r12\n\t"
      "add.w r1, r1, r12\n\t"
      "add.w r8, r3, r4\n\t"
      "sub.w r3, r3, r4\n\t"
      "add.w r9, r5, r6\n\t"
      "sub.w r5, r5, r6\n\t"
      "sub.w r4, r9, r8, lsl #2\n\t"
      "add.w r2, r2, r4\n\t"
      "sub.w r6, r5, r3, lsl #1\n\t"
      "sub.w r8, r9, r8\n\t"
      "rsb.w r3, r3, r5, lsl #1\n\t"
      "add.w r7, r7, r3\n\t"
      "str.w r6, [r11, #4]\n\t"
      "str.w r8, [r11, #8]\n\t"
      "str.w r7, [r11, #12]\n\t"
      "str.w r2, [r11], #16\n\t"
      "cmp.w r11, lr\n\t"
      "bne.w 2b\n\t"
      "ldr.w r0, [sp, #100]\n\t"
      "ldr.w r3, [sp, #120]\n\t"
      "ldr.w r10, [sp, #108]\n\t"
      "ldr.w r11, [sp, #112]\n\t"
      "ldr.w r12, [sp, #116]\n\t"
      "movw lr, #%c[inverse]&0xFFFF\n\t"
      "movt lr, #%c[inverse]>>16\n\t"
      "add.w r1, r0, r3\n\t"
      "add.w r2, r1, r3\n\t"
      "add.w r3, r2, r3\n\t"
      THIMBLE_COLUMN(0, 3)
      THIMBLE_COLUMN(1, 2)
      THIMBLE_COLUMN(2, 1)
      THIMBLE_COLUMN(3, 1)
      "ldr.w r1, [sp, #96]\n\t"
      "ldr.w r2, [sp, #104]\n\t"
      "addw r0, r0, #4*%c[pixel]\n\t"
      "add.w r1, r1, #4\n\t"
      "subs.w r2, r2, #1\n\t"
      "str.w r0, [sp, #100]\n\t"
      "str.w r1, [sp, #96]\n\t"
      "str.w r2, [sp, #104]\n\t"
      "bne.w 1b\n\t"
      "add.w sp, sp, #124\n\t"
      "pop.w {r4-r11, pc}\n\t"
      :
      : [position] "i"(kPositionBytes), [pixel] "i"(kPixelBytes), [is_signed] "i"(kIsSigned),
        [inverse] "i"(kInverseOf9));
}

#undef THIMBLE_COLUMN
#undef THIMBLE_REQUANTIZE

#else

// A vector of six or four.
struct WinogradSix {
  uint32_t v[kWinogradWindow];
};
struct WinogradFour {
  uint32_t v[kWinogradTile];
};

// B' times d.
inline WinogradSix transform_inputs(const WinogradSix& d) {
  const uint32_t *v = d.v, even = v[4] - v[2], odd = v[3] - v[1];
  const uint32_t even4 = v[4] - 4 * v[2], odd4 = v[3] - 4 * v[1];
  return {{even + 4 * (v[0] - v[2]), even4 + odd4, even4 - odd4, even + 2 * odd, even - 2 * odd,
           v[5] - v[3] - 4 * odd}};
}

// A' times m.
inline WinogradFour transform_sums(const WinogradSix& m) {
  const uint32_t* v = m.v;
  const uint32_t p = v[1] + v[2], q = v[1] - v[2], r = v[3] + v[4], s = v[3] - v[4];
  return {{v[0] + r - 4 * p, s - 2 * q, r - p, v[5] + 2 * s - q}};
}

template <int, int>
void transform_columns(const WinogradColumns* columns) {
  constexpr uint32_t kUnsigned = 0x00800080u;  // 128 for either half
  const int8_t* from = columns->from;
  uint32_t* to = columns->to;
  for (int32_t count = columns->count; count > 0; --count, from += columns->pixel_bytes) {
    WinogradSix low, high;
    for (int32_t i = 0; i < kWinogradWindow; ++i) {
      const uint32_t bytes = simd::load_word(from + i * columns->row_bytes);
      low.v[i] = simd::sxtab16(kUnsigned, bytes);
      high.v[i] = simd::sxtab16<8>(kUnsigned, bytes);
    }
    for (uint32_t value : transform_inputs(low).v) *to++ = value;
    for (uint32_t value : transform_inputs(high).v) *to++ = value;
  }
}

template <int>
void transform_rows(const WinogradRows* rows) {
  const uint32_t* from = rows->from;
  for (int32_t tile = 0; tile < rows->count; ++tile) {
    uint32_t* to = rows->to + tile;
    for (int32_t i = 0; i < kWinogradWindow; ++i) {
      WinogradSix row;
      for (int32_t j = 0; j < kWinogradWindow; ++j) row.v[j] = from[j * kWinogradColumnWords + i];
      row.v[4] += kWinogradOffset;  // each of the six results has d4 or d5 once
      row.v[5] += kWinogradOffset;
      for (uint32_t value : transform_inputs(row).v) *to = value, to += rows->position_words;
    }
    from += kWinogradTile * kWinogradColumnWords;
  }
}

inline int8_t requantize_winograd(const WinogradBack& back, uint32_t scaled_sum, int32_t bits) {
  const int32_t doubled = static_cast<int32_t>(scaled_sum * kInverseOf9) >> (bits - 1);
  const int32_t scaled = simd::smmlar(doubled, back.multiplier, back.rounding + (doubled >> 31));
  return static_cast<int8_t>(simd::saturate_s8((scaled >> back.shift) >> 1));
}

template <int, int, bool>
void transform_back(const WinogradBack* back) {
  constexpr int32_t kBits[] = {3, 2, 1, 1};  // f_i is 3 * 2^bits
  for (int32_t tile = 0; tile < back->count; ++tile) {
    const uint32_t* from = back->sums + tile;
    WinogradSix columns[kWinogradTile];
    for (int32_t i = 0; i < kWinogradWindow; ++i) {
      WinogradSix row;
      for (uint32_t& value : row.v) value = *from, from += back->position_words;
      const WinogradFour outputs = transform_sums(row);
      for (int32_t j = 0; j < kWinogradTile; ++j) columns[j].v[i] = outputs.v[j];
    }
    int8_t* to = back->output + tile * kWinogradTile * back->pixel_bytes;
    for (int32_t j = 0; j < kWinogradTile; ++j, to += back->pixel_bytes) {
      const WinogradFour outputs = transform_sums(columns[j]);
      for (int32_t i = 0; i < kWinogradTile; ++i)
        to[i * back->row_bytes] = requantize_winograd(*back, outputs.v[i], kBits[i] + kBits[j]);
    }
  }
}

#endif

}  // namespace thimble::kernels
