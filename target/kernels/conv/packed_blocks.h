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
  int32_t block;             // pixels, even; by columns a whole number of rows, or less than one
  int32_t block_words;       // that they take
  int32_t ring_row_bytes;    // of padded pixels
  int32_t column_stride;     // bytes from one pixel's words to the next one's
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
// side by side, so neighbours share them, and a part of a row keeps what it can of the part before.
// A block is a part of a row or several whole rows.
template <int kRun>
class BlocksOfColumns {
 public:
  BlocksOfColumns(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : p_(p), image_(image), words_(words) {}

  int32_t next() {
    uint32_t* to = words_;
    int32_t pixels = 0;
    while (y_ < p_.out_h && pixels < p_.block) {
      const int32_t left = p_.out_w - x_;
      const int32_t part = left < p_.block ? left : p_.block;
      to = extend_part(part, to);
      pixels += part;
      x_ += part;
      if (x_ < p_.out_w) break;
      x_ = 0, ++y_;
      if (p_.block < p_.out_w) break;
    }
    return pixels;
  }

 private:
  int32_t run() const { return kRun ? kRun : p_.in_c; }

  // Pixels of one row from x_ on; returns the end of their words.
  uint32_t* extend_part(int32_t pixels, uint32_t* to) const {
    const int32_t run_words = pair_words(run()), column_words = p_.filter_h * run_words;
    int32_t columns = (pixels - 1) * p_.stride_w + p_.filter_w;
    uint32_t* const end = to + columns * column_words;
    int32_t column = input_column(p_, x_, 0);
    const int32_t shared = p_.filter_w - p_.stride_w;
    if (x_ != 0 && shared > 0) {
      copy_words(words_ + p_.block * p_.stride_w * column_words, shared * column_words, to);
      to += shared * column_words;
      column += shared;
      columns -= shared;
    }
    int32_t row = input_row(p_, y_, 0);
    for (int32_t fy = p_.filter_h; fy > 0; --fy, ++row, to += run_words)
      extend_row(row, column, columns, column_words, to);
    return end;
  }

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
// Blocks run on over the ends of rows. No window may leave the image.
template <int kRun>
class BlocksOfPixels {
 public:
  BlocksOfPixels(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : p_(p), row_(image), words_(words) {}

  int32_t next() {
    const int32_t run = kRun ? kRun : p_.filter_w * p_.in_c, filter_h = p_.filter_h;
    const int32_t row_bytes = p_.in_w * p_.in_c, pixel_bytes = p_.stride_w * p_.in_c;
    const int32_t column_words = p_.column_stride / 4;
    uint32_t* column = words_;
    int32_t pixels = 0;
    for (; pixels < p_.block && y_ < p_.out_h; ++pixels, column += column_words) {
      const int8_t* from = row_ + x_ * pixel_bytes;
      uint32_t* to = column;
      for (int32_t fy = filter_h; fy > 0; --fy, from += row_bytes) to = extend_pairs(from, run, to);
      if (++x_ == p_.out_w) x_ = 0, ++y_, row_ += p_.stride_h * row_bytes;
    }
    return pixels;
  }

 private:
  const PackedBlocks& p_;
  const int8_t* row_;  // the first that the pixel reads
  uint32_t* words_;
  int32_t y_ = 0, x_ = 0;  // of the next pixel
};

// The same with padding. The rows that a row of pixels reads are copied, with what pads them, to a
// ring of filter_h rows of ring_row_bytes, which lies behind the words.
template <int kRun>
class BlocksOfPaddedPixels {
 public:
  BlocksOfPaddedPixels(const PackedBlocks& p, const int8_t* image, uint32_t* words)
      : p_(p),
        image_(image),
        words_(words),
        ring_(reinterpret_cast<int8_t*>(words + p.block_words)),
        row_(-p.pad_h) {
    load_rows(p.filter_h);
  }

  int32_t next() {
    const int32_t run = kRun ? kRun : p_.filter_w * p_.in_c, ring_row_bytes = p_.ring_row_bytes;
    const int32_t pixel_bytes = p_.stride_w * p_.in_c;
    const int8_t* const ring = ring_;
    const int32_t column_words = p_.column_stride / 4;
    uint32_t* column = words_;
    int32_t pixels = 0;
    for (; pixels < p_.block && y_ < p_.out_h; ++pixels, column += column_words) {
      uint32_t* to = column;
      // The window's rows from its first slot to the end of the ring, then from the ring's start.
      const int8_t* from = ring + oldest_ * ring_row_bytes + x_ * pixel_bytes;
      for (int32_t fy = p_.filter_h - oldest_; fy > 0; --fy, from += ring_row_bytes)
        to = extend_pairs(from, run, to);
      from = ring + x_ * pixel_bytes;
      for (int32_t fy = oldest_; fy > 0; --fy, from += ring_row_bytes)
        to = extend_pairs(from, run, to);
      if (++x_ == p_.out_w) {
        x_ = 0;
        if (++y_ < p_.out_h) load_rows(p_.stride_h);
      }
    }
    return pixels;
  }

 private:
  // Replaces the oldest rows by the next ones.
  __attribute__((noinline)) void load_rows(int32_t count) {
    const int32_t image_row_bytes = p_.in_w * p_.in_c, left = p_.pad_w * p_.in_c;
    for (; count > 0; --count, ++row_) {
      int8_t* to = ring_ + oldest_ * p_.ring_row_bytes;
      const bool is_inside_row = is_inside(row_, p_.in_h);
      int32_t right = p_.ring_row_bytes;
      if (is_inside_row) {
        to = fill_bytes(left, to);
        to = copy_bytes(image_ + row_ * image_row_bytes, image_row_bytes, to);
        right -= left + image_row_bytes;
      }
      fill_bytes(right, to);
      if (++oldest_ == p_.filter_h) oldest_ = 0;
    }
  }

  int8_t* fill_bytes(int32_t count, int8_t* to) const {
    const auto value = static_cast<int8_t>(p_.input_zero_point);
    for (; count > 0; --count) *to++ = value;
    return to;
  }

  static int8_t* copy_bytes(const int8_t* from, int32_t count, int8_t* to) {
    for (; count >= 4; count -= 4, from += 4, to += 4) simd::store_word(to, simd::load_word(from));
    for (; count > 0; --count) *to++ = *from++;
    return to;
  }

  const PackedBlocks& p_;
  const int8_t* image_;
  uint32_t* words_;
  int8_t* ring_;
  int32_t row_;            // of the image, the next to be loaded
  int32_t oldest_ = 0;     // slot of the ring
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
