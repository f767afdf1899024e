// int8 3x3 convolution with stride 1 by Winograd's algorithm (runtime/winograd.h).
//
// Tiles of 4x4 outputs are computed in blocks. The windows of a block are transformed into scratch
// memory, then for each pair of output channels the products are summed and transformed back.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/fixed_point.h"
#include "runtime/packed.h"
#include "runtime/winograd_multiply.h"
#include "runtime/winograd_transform.h"

namespace thimble::kernels {

// 3x3, stride 1, no dilation, in_c at least 4. The last four input channels may overlap those
// before, which then have weights of zero. Chunks are the input channels in equal parts of `steps`
// pairs, the last filled up with weights of zero. A last single output channel is in the weights
// twice.
struct ConvS8WinogradParams : ConvShape {
  const int32_t* weights;  // for each pair of output channels, see winograd_multiply.h
  const int32_t* table;    // for each output channel kWinogradTableWords
  int32_t input_zero_point;
  int32_t min, max;    // of the output element
  int32_t is_clamped;  // whether that is less than all of int8
  int32_t steps, chunks;
  int32_t groups;  // of four tiles in a block
};

// The table: multiplier, shift, rounding of WinogradBack.
constexpr int32_t kWinogradTableWords = 3;

// One image. Scratch: the cells, kWinogradColumnWords for each column of a row of tiles, six rows
// of the input, a tile of the output.
template <int kSteps, int kGroups, int kInC, int kInRowBytes, int kOutC, bool kIsSigned>
class Winograd {
 public:
  Winograd(const ConvS8WinogradParams& p, const int8_t* input, int8_t* output, uint8_t* scratch)
      : p_(p),
        input_(input),
        output_(output),
        cells_(reinterpret_cast<uint32_t*>(scratch)),
        columns_(cells_ + p.chunks * chunk_words()),
        tiles_w_((p.out_w + kWinogradTile - 1) / kWinogradTile),
        tiles_h_((p.out_h + kWinogradTile - 1) / kWinogradTile) {
    const int32_t tiles_in_row = block() < tiles_w_ ? block() : tiles_w_;
    const int32_t columns = kWinogradTile * tiles_in_row + 2;
    edge_ = reinterpret_cast<int8_t*>(columns_ + kWinogradColumnWords * columns);
    spare_ = edge_ + kWinogradWindow * row_bytes();
  }

  void run() {
    const int32_t tiles = tiles_w_ * tiles_h_;
    for (int32_t first = 0; first < tiles; first += block()) {
      const int32_t end = tiles - first < block() ? tiles : first + block();
      transform_block(first, end);
      multiply_block(first, end);
      if (p_.is_clamped)
        for (int32_t tile = first; tile < end; ++tile) clamp_tile(tile);
    }
  }

 private:
  int32_t steps() const { return kSteps ? kSteps : p_.steps; }
  int32_t groups() const { return kGroups ? kGroups : p_.groups; }
  int32_t row_bytes() const { return kInRowBytes ? kInRowBytes : p_.in_w * p_.in_c; }
  int32_t block() const { return groups() * kWinogradLanes; }
  int32_t position_words() const { return groups() * winograd_cell_words(steps()); }
  int32_t chunk_words() const { return kWinogradPositions * position_words(); }

  // The words of a tile of the block in a cell, from the one of the first tile on.
  uint32_t* in_cell(uint32_t* cell, int32_t in_block) const {
    return cell + in_block / kWinogradLanes * winograd_cell_words(steps()) +
           in_block % kWinogradLanes;
  }

  // How many of `count` tiles from the block's tile `in_block` on share a group.
  static int32_t in_group(int32_t in_block, int32_t count) {
    const int32_t left = kWinogradLanes - in_block % kWinogradLanes;
    return count < left ? count : left;
  }

  void transform_block(int32_t first, int32_t end) {
    int32_t y = first / tiles_w_, x = first % tiles_w_;
    for (int32_t tile = first; tile < end; ++y, x = 0) {
      const int32_t left = end - tile, in_row = tiles_w_ - x;
      const int32_t count = left < in_row ? left : in_row;
      transform_windows(y, x, count, tile - first);
      tile += count;
    }
  }

  // `count` windows from row y and column x of the tiles on, to the block's tiles from `in_block`
  // on.
  __attribute__((noinline)) void transform_windows(int32_t y, int32_t x, int32_t count,
                                                   int32_t in_block) {
    const int32_t row = y * kWinogradTile - p_.pad_h, column = x * kWinogradTile - p_.pad_w;
    const int8_t* from = input_ + row * row_bytes();
    if (row < 0 || row + kWinogradWindow > p_.in_h) from = copy_edge(row);
    const int32_t columns = kWinogradTile * count + 2;
    const int32_t end = column + columns < p_.in_w ? column + columns : p_.in_w;
    const int32_t left = column < 0 ? -column : 0, inside = end - column - left;
    // What pads it on the sides is the same for all channels.
    const int32_t inside_end = left + (inside > 0 ? inside : 0);
    pad_columns(0, left);
    pad_columns(inside_end, columns);
    from += (column + left) * p_.in_c;
    for (int32_t channel = 0; channel < p_.in_c; channel += 4) {
      if (inside > 0) {
        const int32_t first = channel + 4 <= p_.in_c ? channel : p_.in_c - 4;
        const WinogradColumns args = {from + first, columns_ + left * kWinogradColumnWords, inside,
                                      row_bytes(), p_.in_c};
        transform_columns<kInRowBytes, kInC>(&args);
      }
      transform_pair(channel / 2, columns_, count, in_block);
      transform_pair(channel / 2 + 1, columns_ + kWinogradWindow, count, in_block);
    }
  }

  void transform_pair(int32_t pair, const uint32_t* from, int32_t count, int32_t in_block) {
    uint32_t* const cell =
        cells_ + pair / steps() * chunk_words() + pair % steps() * kWinogradLanes;
    while (count > 0) {
      const int32_t part = in_group(in_block, count);
      const WinogradRows args = {from, in_cell(cell, in_block), part, position_words()};
      transform_rows<4 * kGroups * winograd_cell_words(kSteps)>(&args);
      from += part * kWinogradTile * kWinogradColumnWords;
      in_block += part;
      count -= part;
    }
  }

  // Six rows, those outside the image filled with padding.
  const int8_t* copy_edge(int32_t row) {
    int8_t* to = edge_;
    for (int32_t i = 0; i < kWinogradWindow; ++i, ++row, to += row_bytes())
      if (is_inside(row, p_.in_h))
        copy_row(input_ + row * row_bytes(), to);
      else
        for (int32_t byte = 0; byte < row_bytes(); ++byte)
          to[byte] = static_cast<int8_t>(p_.input_zero_point);
    return edge_;
  }

  void copy_row(const int8_t* from, int8_t* to) const {
    if (row_bytes() % 4 == 0) {
      copy_words(reinterpret_cast<const uint32_t*>(from), row_bytes() / 4,
                 reinterpret_cast<uint32_t*>(to));
      return;
    }
    const int8_t* const end = from + row_bytes();
    for (; end - from >= 4; from += 4, to += 4) simd::store_word(to, simd::load_word(from));
    while (from != end) *to++ = *from++;
  }

  // A column of equal values v becomes (0, -6 v, 0, 0, 0, 0).
  void pad_columns(int32_t first, int32_t end) {
    const auto value = static_cast<uint32_t>(p_.input_zero_point + 128) * 0x10001u;
    for (uint32_t* to = columns_ + first * kWinogradColumnWords;
         to != columns_ + end * kWinogradColumnWords; to += kWinogradWindow) {
      for (int32_t i = 0; i < kWinogradWindow; ++i) to[i] = 0;
      to[1] = 0u - 6 * value;
    }
  }

  void multiply_block(int32_t first, int32_t end) {
    const auto* weights = reinterpret_cast<const uint32_t*>(p_.weights);
    for (int32_t channel = 0; channel < p_.out_c; channel += kWinogradPair) {
      for (int32_t chunk = 0; chunk < p_.chunks; ++chunk) {
        const bool is_first = chunk == 0;
        const WinogradProducts args = {weights, cells_ + chunk * chunk_words(), steps(), groups()};
        if (is_first)
          multiply_cells<kSteps, kGroups, true>(&args);
        else
          multiply_cells<kSteps, kGroups, false>(&args);
        weights += kWinogradPositions * winograd_weight_words(steps(), is_first);
      }
      uint32_t* const sums = cells_ + (p_.chunks - 1) * chunk_words() + steps() * kWinogradLanes;
      write_block(first, end, channel, sums);
      if (channel + 1 < p_.out_c) write_block(first, end, channel + 1, sums + kWinogradLanes);
    }
  }

  // One channel; `sums` are those of the first tile.
  __attribute__((noinline)) void write_block(int32_t first, int32_t end, int32_t channel,
                                             uint32_t* sums) const {
    const int32_t* table = p_.table + channel * kWinogradTableWords;
    const int32_t row_bytes = p_.out_w * p_.out_c;
    WinogradBack args = {nullptr,  nullptr,   0,        table[0],        table[1],
                         table[2], row_bytes, p_.out_c, position_words()};
    int32_t y = first / tiles_w_, x = first % tiles_w_;
    for (int32_t tile = first; tile < end; tile += args.count) {
      const int32_t top = y * kWinogradTile, left = x * kWinogradTile;
      int8_t* const to = output_ + top * row_bytes + left * p_.out_c + channel;
      const bool is_whole_row = top + kWinogradTile <= p_.out_h;
      // Whole tiles of this row; if there is none, one that leaves the image.
      const int32_t whole = is_whole_row ? (p_.out_w - left) / kWinogradTile : 0;
      args.sums = in_cell(sums, tile - first);
      args.count = in_group(tile - first, end - tile < whole ? end - tile : whole);
      if (args.count > 0) {
        args.output = to;
        transform_back<4 * kGroups * winograd_cell_words(kSteps), kOutC, kIsSigned>(&args);
      } else {
        args.count = 1;
        write_clipped(args, p_.out_h - top, p_.out_w - left, to);
      }
      x += args.count;
      if (x == tiles_w_) x = 0, ++y;
    }
  }

  void write_clipped(const WinogradBack& tile, int32_t height, int32_t width, int8_t* to) const {
    WinogradBack args = tile;
    args.output = spare_;
    args.row_bytes = kWinogradTile * p_.out_c;
    transform_back<4 * kGroups * winograd_cell_words(kSteps), kOutC, kIsSigned>(&args);
    for (int32_t i = 0; i < kWinogradTile && i < height; ++i)
      for (int32_t j = 0; j < kWinogradTile && j < width; ++j)
        to[i * tile.row_bytes + j * p_.out_c] = spare_[i * args.row_bytes + j * p_.out_c];
  }

  void clamp_tile(int32_t tile) const {
    const int32_t y = tile / tiles_w_ * kWinogradTile, x = tile % tiles_w_ * kWinogradTile;
    const int32_t y_end = y + kWinogradTile < p_.out_h ? y + kWinogradTile : p_.out_h;
    const int32_t x_end = x + kWinogradTile < p_.out_w ? x + kWinogradTile : p_.out_w;
    for (int32_t row = y; row < y_end; ++row) {
      int8_t* pixels = output_ + (row * p_.out_w + x) * p_.out_c;
      for (int32_t i = 0; i < (x_end - x) * p_.out_c; ++i)
        pixels[i] = static_cast<int8_t>(fixed_point::clamp(pixels[i], p_.min, p_.max));
    }
  }

  const ConvS8WinogradParams& p_;
  const int8_t* input_;
  int8_t* output_;
  uint32_t* cells_;
  uint32_t* columns_;
  int32_t tiles_w_, tiles_h_;
  int8_t* edge_;
  int8_t* spare_;
};

// The arguments repeat steps, groups, in_c, the bytes of a row of the input, out_c; kIsSigned is
// false only for an output zero point of -128.
template <int kSteps, int kGroups, int kInC, int kInRowBytes, int kOutC, bool kIsSigned>
void conv_s8_winograd(const ConvS8WinogradParams& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    Winograd<kSteps, kGroups, kInC, kInRowBytes, kOutC, kIsSigned>(p, input, output, scratch).run();
}

}  // namespace thimble::kernels
