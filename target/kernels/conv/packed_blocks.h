// What a block of output pixels of a convolution reads, extended into words for packed row pairs.
//
// Three ways to lay it out, each a class whose next() extends the next block of an image and
// returns its number of pixels, 0 at the end. kRun is the number of inputs that lie side by side
// and are extended at once, where it is worth knowing when compiling, else 0.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/packed.h"

namespace thimble::kernels {

struct PackedBlocks : ConvShape {
  int32_t input_zero_point;  // the value of the padding
  int32_t block;             // pixels, even
};

inline uint32_t padding_pair(const PackedBlocks& p) {
  const auto zero = static_cast<uint16_t>(p.input_zero_point);
  return zero | static_cast<uint32_t>(zero) << 16;
}

inline uint32_t* fill_words(uint32_t value, int32_t count, uint32_t* to) {
  for (; count > 0; --count) *to++ = value;
  return to;
}

// A column of the image is filter_h runs of in_c inputs. A pixel reads filter_w columns that lie
// side by side, so neighbours share them, and a block keeps what it can of the one before. Blocks
// end with their row.
template <int kRun>
class BlocksOfColumns {
 public:
  BlocksOfColumns(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : p_(p), image_(image), words_(words) {}

  int32_t next() {
    if (x_ == p_.out_w) x_ = 0, ++y_;
    if (y_ == p_.out_h) return 0;
    const int32_t pixels = p_.out_w - x_ < p_.block ? p_.out_w - x_ : p_.block;
    const int32_t run_words = pair_words(run()), column_words = p_.filter_h * run_words;
    int32_t columns = (pixels - 1) * p_.stride_w + p_.filter_w;
    int32_t column = input_column(p_, x_, 0);
    uint32_t* to = words_;
    const int32_t shared = p_.filter_w - p_.stride_w;
    if (x_ != 0 && shared > 0) {
      copy_words(words_ + p_.block * p_.stride_w * column_words, shared * column_words, words_);
      to += shared * column_words;
      column += shared;
      columns -= shared;
    }
    int32_t row = input_row(p_, y_, 0);
    for (int32_t fy = p_.filter_h; fy > 0; --fy, ++row, to += run_words)
      extend_row(row, column, columns, column_words, to);
    x_ += pixels;
    return pixels;
  }

 private:
  int32_t run() const { return kRun ? kRun : p_.in_c; }

  // One run of each of `count` columns, `step` words apart.
  void extend_row(int32_t row, int32_t column, int32_t count, int32_t step, uint32_t* to) const {
    const int32_t end = column + count, in_w = p_.in_w, in_c = run();
    const uint32_t padding = padding_pair(p_);
    int32_t first = is_inside(row, p_.in_h) ? column < 0 ? 0 : column : end;
    if (first > end) first = end;
    for (; column < first; ++column, to += step) fill_words(padding, pair_words(in_c), to);
    const int32_t last = end < in_w ? end : in_w;
    const int8_t* from = image_ + (row * in_w + column) * in_c;
    for (; column < last; ++column, from += in_c, to += step) extend_pairs(from, in_c, to);
    for (; column < end; ++column, to += step) fill_words(padding, pair_words(in_c), to);
  }

  const PackedBlocks& p_;
  const int8_t* image_;
  uint32_t* words_;
  int32_t y_ = 0, x_ = 0;  // of the next pixel
};

// Every pixel has a copy of its own: filter_h runs of filter_w * in_c inputs. For few channels.
// Blocks run on over the ends of rows.
template <int kRun>
class BlocksOfPixels {
 public:
  BlocksOfPixels(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : p_(p), image_(image), words_(words) {}

  int32_t next() {
    const int32_t run = kRun ? kRun : p_.filter_w * p_.in_c, filter_h = p_.filter_h;
    const int32_t in_c = p_.in_c, row_bytes = p_.in_w * in_c, stride_w = p_.stride_w;
    const int32_t out_w = p_.out_w, block = p_.block;
    const auto last_column = static_cast<uint32_t>(p_.in_w - p_.filter_w);
    int32_t row = input_row(p_, y_, 0), column = input_column(p_, x_, 0);
    uint32_t* to = words_;
    int32_t pixels = 0;
    for (; pixels < block && y_ < p_.out_h; ++pixels) {
      const int8_t* from = image_ + row * row_bytes + column * in_c;
      if (row >= 0 && row + filter_h <= p_.in_h && p_.in_w >= p_.filter_w &&
          static_cast<uint32_t>(column) <= last_column)
        for (int32_t fy = filter_h; fy > 0; --fy, from += row_bytes)
          to = extend_pairs(from, run, to);
      else
        to = extend_clipped(from, row, column, to);
      column += stride_w;
      if (++x_ == out_w) {
        x_ = 0, ++y_;
        row = input_row(p_, y_, 0), column = input_column(p_, 0, 0);
      }
    }
    return pixels;
  }

 private:
  // A pixel whose window leaves the image: padding, then what is inside over it, halfword by
  // halfword in the order of extend_pairs.
  __attribute__((noinline)) uint32_t* extend_clipped(const int8_t* from, int32_t row,
                                                     int32_t column, uint32_t* to) const {
    const int32_t run = p_.filter_w * p_.in_c;
    const int32_t begin = column < 0 ? -column * p_.in_c : 0;
    int32_t end = (p_.in_w - column) * p_.in_c;
    if (end > run) end = run;
    for (int32_t fy = 0; fy < p_.filter_h; ++fy, from += p_.in_w * p_.in_c) {
      auto* halves = reinterpret_cast<uint16_t*>(to);
      to = fill_words(padding_pair(p_), pair_words(run), to);
      if (!is_inside(row + fy, p_.in_h)) continue;
      for (int32_t i = begin; i < end; ++i) {
        // In a whole group of four the middle two change places.
        const bool is_middle = i % 4 == 1 || i % 4 == 2;
        halves[is_middle && i / 4 < run / 4 ? i ^ 3 : i] = static_cast<uint16_t>(from[i]);
      }
    }
    return to;
  }

  const PackedBlocks& p_;
  const int8_t* image_;
  uint32_t* words_;
  int32_t y_ = 0, x_ = 0;  // of the next pixel
};

// Every pixel reads one input pixel, the next one the next, whole groups of four channels.
class BlocksInARow {
 public:
  BlocksInARow(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : in_c_(p.in_c), block_(p.block), left_(p.out_h * p.out_w), from_(image), words_(words) {}

  int32_t next() {
    const int32_t pixels = left_ < block_ ? left_ : block_;
    extend_pairs(from_, pixels * in_c_, words_);
    from_ += pixels * in_c_;
    left_ -= pixels;
    return pixels;
  }

 private:
  int32_t in_c_, block_, left_;
  const int8_t* from_;
  uint32_t* words_;
};

}  // namespace thimble::kernels
