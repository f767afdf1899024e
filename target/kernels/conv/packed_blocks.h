// What a block of output pixels of a convolution reads, extended into words for packed row pairs.
//
// Ways to lay it out, each a function that extends the next block of an image and returns its
// number of pixels, 0 at the end. kRun is the number of inputs that lie side by side and are
// extended at once, where it is worth knowing when compiling, else 0.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/packed.h"

namespace thimble::kernels {

struct PackedBlocks : UndilatedConvShape<uint16_t> {
  int8_t input_zero_point;  // the value of the padding
  uint16_t block;           // pixels, even; by columns a whole number of rows, or less than one
  uint16_t column_stride;   // bytes from one pixel's words to the next one's
  int32_t ring_row_bytes;   // of padded pixels
};

// Where a function is in the image.
struct BlockWalk {
  const PackedBlocks& p;
  const int8_t* image;
  uint32_t* words;      // of the block
  int32_t y, x;         // of the next pixel
  int32_t oldest;       // slot of the ring
  int32_t rows_loaded;  // into the ring
};
using NextBlock = int32_t (*)(BlockWalk&);

inline uint32_t padding_pair(const PackedBlocks& p) {
  const auto zero = static_cast<uint16_t>(p.input_zero_point);
  return zero | static_cast<uint32_t>(zero) << 16;
}

// One run of each of `count` columns of a row of the image, `step` words apart.
template <int kRun>
inline void extend_row(const BlockWalk& walk, int32_t row, int32_t column, int32_t count,
                       int32_t step, uint32_t* to) {
  const int32_t end = column + count, in_w = walk.p.in_w, in_c = kRun ? kRun : walk.p.in_c;
  const uint32_t padding = padding_pair(walk.p);
  auto pad_until = [&](int32_t last) {
    for (; column < last; ++column, to += step)
      for (int32_t i = 0; i < pair_words(in_c); ++i) to[i] = padding;
  };
  if (is_inside(row, walk.p.in_h)) {
    pad_until(end < 0 ? end : 0);
    const int32_t last = end < in_w ? end : in_w;
    const int8_t* from = walk.image + (row * in_w + column) * in_c;
    for (; column < last; ++column, from += in_c, to += step) extend_pairs(from, in_c, to);
  }
  pad_until(end);
}

// A column of three rows of three channels as five words: of each row channels 0 and 2, then
// channels 1 of the first two rows, then that of the third with a halfword that no weight counts.
constexpr int kStemRun = -1;
constexpr int32_t kStemWords = 5;
inline void put_stem_column(uint32_t a, uint32_t b, uint32_t c, uint32_t* to) {
  to[0] = simd::sxtb16(a), to[1] = simd::sxtb16(b), to[2] = simd::sxtb16(c);
  to[3] = simd::pack_low(simd::sxtb16<8>(a), simd::sxtb16<8>(b));
  to[4] = simd::sxtb16<8>(c);
}

// The same of two columns in nine words, for a stride of two: those of the first column, of which
// the last has its free halfword, and four of the second. A pixel of a filter of three columns
// reads nine words and five.
constexpr int kStemPairsRun = -2;
constexpr int32_t kStemPairWords = 9;
// A row of two columns: bytes 0 to 3 of its six, and 2 to 5.
struct StemPairRow {
  uint32_t low, high;
};
inline void put_stem_pair(StemPairRow a, StemPairRow b, StemPairRow c, uint32_t* to) {
  to[0] = simd::sxtb16(a.low), to[1] = simd::sxtb16(b.low), to[2] = simd::sxtb16(c.low);
  to[3] = simd::pack_low(simd::sxtb16<8>(a.low), simd::sxtb16<8>(b.low));
  to[4] = (simd::sxtb16<8>(c.low) & 0xFFFFu) | (simd::sxtb16(c.high) & 0xFFFF0000u);
  to[5] = simd::sxtb16<8>(a.high), to[6] = simd::sxtb16<8>(b.high);
  to[7] = simd::sxtb16<8>(c.high);
  to[8] = simd::pack_high(simd::sxtb16(a.high), simd::sxtb16(b.high));
}

// One pixel of three channels, or padding.
inline uint32_t stem_pixel(const BlockWalk& walk, int32_t y, int32_t x) {
  const PackedBlocks& p = walk.p;
  if (!is_inside(y, p.in_h) || !is_inside(x, p.in_w)) return simd::repeat_byte(p.input_zero_point);
  const auto* from = reinterpret_cast<const uint8_t*>(walk.image) + (y * p.in_w + x) * 3;
  return from[0] | static_cast<uint32_t>(from[1]) << 8 | static_cast<uint32_t>(from[2]) << 16;
}

// A pair of columns of which some is padding.
inline __attribute__((noinline)) void extend_padded_stem_pair(const BlockWalk& walk, int32_t row,
                                                              int32_t column, uint32_t* to) {
  auto row_of = [&](int32_t y) -> StemPairRow {
    const uint32_t first = stem_pixel(walk, y, column), second = stem_pixel(walk, y, column + 1);
    return {(first & 0xFFFFFFu) | second << 24, (first >> 16 & 0xFFu) | second << 8};
  };
  put_stem_pair(row_of(row), row_of(row + 1), row_of(row + 2), to);
}

// The rows of `count` pairs of columns, one at least, none of them padding.
inline void extend_inner_stem_pairs(const int8_t* row, int32_t row_bytes, int32_t count,
                                    uint32_t* to) {
  const int8_t* second = row + row_bytes;
  const int8_t* third = second + row_bytes;
  const uint32_t* const end = to + count * kStemPairWords;
#if defined(THIMBLE_DSP)
  // As put_stem_pair, with the loads in one run.
  uint32_t a, b, c, d, e, f, t;
  __asm__ volatile(
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w %[d], [%[first], #2]\n\t"
      "ldr.w %[a], [%[first]], #6\n\t"
      "ldr.w %[e], [%[second], #2]\n\t"
      "ldr.w %[b], [%[second]], #6\n\t"
      "ldr.w %[f], [%[third], #2]\n\t"
      "ldr.w %[c], [%[third]], #6\n\t"
      "sxtb16 %[t], %[a]\n\t"
      "str.w %[t], [%[to]]\n\t"
      "sxtb16 %[t], %[b]\n\t"
      "str.w %[t], [%[to], #4]\n\t"
      "sxtb16 %[t], %[c]\n\t"
      "str.w %[t], [%[to], #8]\n\t"
      "sxtb16 %[a], %[a], ror #8\n\t"
      "sxtb16 %[b], %[b], ror #8\n\t"
      "pkhbt %[t], %[a], %[b], lsl #16\n\t"
      "str.w %[t], [%[to], #12]\n\t"
      "sxtb16 %[c], %[c], ror #8\n\t"
      "sxtb16 %[t], %[f]\n\t"
      "pkhbt %[c], %[c], %[t]\n\t"
      "str.w %[c], [%[to], #16]\n\t"
      "sxtb16 %[t], %[d], ror #8\n\t"
      "str.w %[t], [%[to], #20]\n\t"
      "sxtb16 %[t], %[e], ror #8\n\t"
      "str.w %[t], [%[to], #24]\n\t"
      "sxtb16 %[t], %[f], ror #8\n\t"
      "str.w %[t], [%[to], #28]\n\t"
      "sxtb16 %[d], %[d]\n\t"
      "sxtb16 %[e], %[e]\n\t"
      "pkhtb %[e], %[e], %[d], asr #16\n\t"
      "str.w %[e], [%[to], #32]\n\t"
      "add.w %[to], %[to], #36\n\t"
      "cmp.w %[to], %[end]\n\t"
      "bne.w 1b"
      : [first] "+r"(row), [second] "+r"(second), [third] "+r"(third), [to] "+r"(to), [a] "=&r"(a),
        [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [t] "=&r"(t)
      : [end] "r"(end)
      : "cc", "memory");
#else
  auto row_at = [](const int8_t* bytes) -> StemPairRow {
    return {simd::load_word(bytes), simd::load_word(bytes + 2)};
  };
  for (; to != end; row += 6, second += 6, third += 6, to += kStemPairWords)
    put_stem_pair(row_at(row), row_at(second), row_at(third), to);
#endif
}

// `count` pairs of columns from row and column on.
inline void extend_stem_pairs(const BlockWalk& walk, int32_t row, int32_t column, int32_t count,
                              uint32_t* to) {
  const PackedBlocks& p = walk.p;
  const bool has_rows = row >= 0 && row + 2 < p.in_h;
  for (; count > 0; --count, column += 2, to += kStemPairWords) {
    int32_t inner = column >= 0 && has_rows ? (p.in_w - column) / 2 : 0;
    if (inner > count) inner = count;
    if (inner > 0) {
      const int32_t row_bytes = p.in_w * 3;
      extend_inner_stem_pairs(walk.image + row * row_bytes + column * 3, row_bytes, inner, to);
      count -= inner, column += 2 * inner, to += inner * kStemPairWords;
      if (count == 0) return;
    }
    extend_padded_stem_pair(walk, row, column, to);
  }
}

// Columns of five words from row and column on.
inline void extend_stem(const BlockWalk& walk, int32_t row, int32_t column, int32_t count,
                        uint32_t* to) {
  const PackedBlocks& p = walk.p;
  const int32_t end = column + count;
  // Bytewise where padding takes part or a word would reach beyond the image.
  auto pixel = [&](int32_t y) { return stem_pixel(walk, y, column); };
  auto bytewise_until = [&](int32_t last) {
    for (; column < last; ++column, to += kStemWords)
      put_stem_column(pixel(row), pixel(row + 1), pixel(row + 2), to);
  };
  if (row >= 0 && row + 2 < p.in_h) {
    bytewise_until(end < 0 ? end : 0);
    const int32_t whole = (end < p.in_w ? end : p.in_w - 1) - column, row_bytes = p.in_w * 3;
    const int8_t* from = walk.image + row * row_bytes + column * 3;
    uint32_t* word = to;
    for (int32_t i = whole; i > 0; --i, from += 3, word += kStemWords)
      put_stem_column(simd::load_word(from), simd::load_word(from + row_bytes),
                      simd::load_word(from + 2 * row_bytes), word);
    if (whole > 0) column += whole, to = word;
  }
  bytewise_until(end);
}

// Pixels of one row from walk.x on; returns the end of their words.
template <int kRun>
inline __attribute__((noinline)) uint32_t* extend_part(const BlockWalk& walk, int32_t pixels,
                                                       uint32_t* to) {
  const PackedBlocks& p = walk.p;
  // With kStemPairsRun a column stands for two.
  constexpr int32_t kWidth = kRun == kStemPairsRun ? 2 : 1;
  const int32_t run_words = pair_words(kRun ? kRun : p.in_c);
  const int32_t column_words = kRun == kStemRun        ? kStemWords
                               : kRun == kStemPairsRun ? kStemPairWords
                                                       : p.filter_h * run_words;
  const int32_t stride = p.stride_w / kWidth;
  const int32_t shared = (p.filter_w + kWidth - 1) / kWidth - stride;
  int32_t columns = pixels * stride + shared;
  uint32_t* const end = to + columns * column_words;
  int32_t column = first_column(p, walk.x);
  if (walk.x != 0 && shared > 0) {
    copy_words(walk.words + p.block * stride * column_words, shared * column_words, to);
    to += shared * column_words;
    column += shared * kWidth;
    columns -= shared;
  }
  int32_t row = first_row(p, walk.y);
  if (kRun == kStemRun) {
    extend_stem(walk, row, column, columns, to);
    return end;
  }
  if (kRun == kStemPairsRun) {
    extend_stem_pairs(walk, row, column, columns, to);
    return end;
  }
  for (int32_t fy = p.filter_h; fy > 0; --fy, ++row, to += run_words)
    extend_row<kRun>(walk, row, column, columns, column_words, to);
  return end;
}

// A column of the image is filter_h runs of in_c inputs. A pixel reads filter_w columns that lie
// side by side, so neighbours share them, and a part of a row keeps what it can of the part before.
// A block is a part of a row or several whole rows. With kStemRun a column is that of
// put_stem_column, with kStemPairsRun two are that of put_stem_pair.
template <int kRun>
int32_t next_columns(BlockWalk& walk) {
  const PackedBlocks& p = walk.p;
  uint32_t* to = walk.words;
  int32_t pixels = 0;
  while (walk.y < p.out_h && pixels < p.block) {
    const int32_t left = p.out_w - walk.x;
    const int32_t part = left < p.block ? left : p.block;
    to = extend_part<kRun>(walk, part, to);
    pixels += part;
    walk.x += part;
    if (walk.x < p.out_w) break;
    walk.x = 0, ++walk.y;
    if (p.block < p.out_w) break;
  }
  return pixels;
}

// Every pixel has a copy of its own: filter_h runs of filter_w * in_c inputs. For few channels.
// Blocks run on over the ends of rows. No window may leave the image.
template <int kRun>
int32_t next_pixels(BlockWalk& walk) {
  const PackedBlocks& p = walk.p;
  const int32_t run = kRun ? kRun : p.filter_w * p.in_c, filter_h = p.filter_h;
  const int32_t row_bytes = p.in_w * p.in_c, pixel_bytes = p.stride_w * p.in_c;
  const int32_t column_words = p.column_stride / 4;
  uint32_t* column = walk.words;
  int32_t pixels = 0;
  for (; pixels < p.block && walk.y < p.out_h; ++pixels, column += column_words) {
    const int8_t* from = walk.image + walk.y * p.stride_h * row_bytes + walk.x * pixel_bytes;
    uint32_t* to = column;
    for (int32_t fy = filter_h; fy > 0; --fy, from += row_bytes) to = extend_pairs(from, run, to);
    if (++walk.x == p.out_w) walk.x = 0, ++walk.y;
  }
  return pixels;
}

inline int8_t* fill_bytes(int32_t value, int32_t count, int8_t* to) {
  for (; count > 0; --count) *to++ = static_cast<int8_t>(value);
  return to;
}

inline int8_t* copy_bytes(const int8_t* from, int32_t count, int8_t* to) {
  for (; count >= 4; count -= 4, from += 4, to += 4) simd::store_word(to, simd::load_word(from));
  for (; count > 0; --count) *to++ = *from++;
  return to;
}

inline int8_t* ring_of(const BlockWalk& walk) {
  return reinterpret_cast<int8_t*>(walk.words) + walk.p.block * walk.p.column_stride;
}

// Replaces the oldest rows of the ring by the next ones.
inline __attribute__((noinline)) void load_rows(BlockWalk& walk, int32_t count) {
  const PackedBlocks& p = walk.p;
  const int32_t image_row_bytes = p.in_w * p.in_c, left = p.pad_w * p.in_c;
  for (; count > 0; --count) {
    const int32_t row = walk.rows_loaded++ - p.pad_h;
    int8_t* to = ring_of(walk) + walk.oldest * p.ring_row_bytes;
    int32_t right = p.ring_row_bytes;
    if (is_inside(row, p.in_h)) {
      to = fill_bytes(p.input_zero_point, left, to);
      to = copy_bytes(walk.image + row * image_row_bytes, image_row_bytes, to);
      right -= left + image_row_bytes;
    }
    fill_bytes(p.input_zero_point, right, to);
    if (++walk.oldest == p.filter_h) walk.oldest = 0;
  }
}

// As next_pixels, with padding. The rows that a row of pixels reads are copied, with what pads
// them, to a ring of filter_h rows of ring_row_bytes, which lies behind the words.
template <int kRun>
int32_t next_padded(BlockWalk& walk) {
  const PackedBlocks& p = walk.p;
  if (walk.rows_loaded == 0) load_rows(walk, p.filter_h);
  const int32_t run = kRun ? kRun : p.filter_w * p.in_c, ring_row_bytes = p.ring_row_bytes;
  const int32_t pixel_bytes = p.stride_w * p.in_c, column_words = p.column_stride / 4;
  const int8_t* const ring = ring_of(walk);
  uint32_t* column = walk.words;
  int32_t pixels = 0;
  for (; pixels < p.block && walk.y < p.out_h; ++pixels, column += column_words) {
    uint32_t* to = column;
    // The window's rows from the oldest to the end of the ring, then from the ring's start.
    const int8_t* from = ring + walk.oldest * ring_row_bytes + walk.x * pixel_bytes;
    for (int32_t fy = p.filter_h - walk.oldest; fy > 0; --fy, from += ring_row_bytes)
      to = extend_pairs(from, run, to);
    from = ring + walk.x * pixel_bytes;
    for (int32_t fy = walk.oldest; fy > 0; --fy, from += ring_row_bytes)
      to = extend_pairs(from, run, to);
    if (++walk.x == p.out_w) {
      walk.x = 0;
      if (++walk.y < p.out_h) load_rows(walk, p.stride_h);
    }
  }
  return pixels;
}

// Every pixel reads one input pixel, the next one the next, whole groups of four channels. x counts
// all pixels.
inline int32_t next_in_a_row(BlockWalk& walk) {
  const PackedBlocks& p = walk.p;
  const int32_t left = p.out_h * p.out_w - walk.x;
  const int32_t pixels = left < p.block ? left : p.block;
  extend_pairs(walk.image + walk.x * p.in_c, pixels * p.in_c, walk.words);
  walk.x += pixels;
  return pixels;
}

}  // namespace thimble::kernels
