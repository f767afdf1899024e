// int8 3x3 convolution with stride 1 by Winograd's algorithm (runtime/winograd.h).
//
// Tiles of 4x4 outputs are computed in blocks. The windows of a block are transformed into scratch
// memory, then for each pair of output channels the products are summed and transformed back.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "runtime/fixed_point.h"
#include "runtime/packed.h"
#include "runtime/winograd.h"

namespace thimble::kernels {

// 3x3, stride 1, no dilation. in_c is a multiple of 4, out_c of 2. Chunks are the input channels in
// equal parts of `steps` pairs, the last filled up with weights of zero.
struct ConvS8WinogradParams : ConvShape {
  const int32_t* weights;  // for each pair of output channels winograd_weight_words for each
                           // position and chunk
  const int32_t* table;  // for each output channel kWinogradTableWords
  int32_t input_zero_point;
  int32_t min, max;    // of the output element
  int32_t is_clamped;  // whether that is less than all of int8
  int32_t steps, chunks;
  int32_t groups;  // of four tiles in a block
};

// The table: multiplier, e - 1, and (2 * output zero point + 1) << (e - 1), see packed.h.
constexpr int32_t kWinogradTableWords = 3;

// Words of a column of a tile's windows: six positions of two pairs of channels.
constexpr int32_t kColumnWords = 2 * kWinogradWindow;

template <int kSteps, int kChunks, int kGroups, int kRowBytes, bool kIsSigned>
class Winograd {
 public:
  Winograd(const ConvS8WinogradParams& p, const int8_t* input, int8_t* output, uint8_t* scratch)
      : p_(p),
        input_(input),
        output_(output),
        cells_(reinterpret_cast<uint32_t*>(scratch)),
        columns_(cells_ + kWinogradPositions * position_words()),
        tiles_w_((p.out_w + kWinogradTile - 1) / kWinogradTile),
        tiles_h_((p.out_h + kWinogradTile - 1) / kWinogradTile) {
    const int32_t block = groups() * kWinogradLanes;
    const int32_t most = block < tiles_w_ ? block : tiles_w_;
    edge_ = reinterpret_cast<int8_t*>(columns_ + kColumnWords * (kWinogradTile * most + 2));
  }

  void run() {
    const int32_t block = groups() * kWinogradLanes, tiles = tiles_w_ * tiles_h_;
    for (int32_t first = 0; first < tiles; first += block)
      run_block(first, tiles - first < block ? tiles : first + block);
  }

 private:
  int32_t steps() const { return kSteps ? kSteps : p_.steps; }
  int32_t chunks() const { return kChunks ? kChunks : p_.chunks; }
  int32_t groups() const { return kGroups ? kGroups : p_.groups; }
  int32_t row_bytes() const { return kRowBytes ? kRowBytes : p_.in_w * p_.in_c; }
  int32_t chunk_words() const { return groups() * cell_words(steps()); }
  int32_t position_words() const { return chunks() * chunk_words(); }

  void run_block(int32_t first, int32_t end) {
    int32_t y = first / tiles_w_, x = first % tiles_w_;
    for (int32_t tile = first; tile < end; ++y, x = 0) {
      const int32_t left = end - tile, in_row = tiles_w_ - x;
      const int32_t count = left < in_row ? left : in_row;
      transform_tiles(y, x, count, tile - first);
      tile += count;
    }
    const auto* weights = reinterpret_cast<const uint32_t*>(p_.weights);
    for (int32_t channel = 0; channel < p_.out_c; channel += kWinogradPair) {
#if defined(THIMBLE_DSP)
      multiply_cells<kSteps, kChunks, kGroups>(weights, cells_);
#else
      multiply_cells(weights, cells_, steps(), chunks(), groups());
#endif
      weights += kWinogradPositions * chunks() * winograd_weight_words(steps());
      for (int32_t tile = first; tile < end; ++tile) {
        write_tile(tile, tile - first, channel, 0);
        write_tile(tile, tile - first, channel + 1, 1);
      }
    }
    if (!p_.is_clamped) return;
    for (int32_t tile = first; tile < end; ++tile) clamp_tile(tile);
  }

  // `count` windows from row y and column x of the tiles on, to the block's tiles from `first` on.
  void transform_tiles(int32_t y, int32_t x, int32_t count, int32_t first) {
    const int32_t row = y * kWinogradTile - p_.pad_h, column = x * kWinogradTile - p_.pad_w;
    const int8_t* rows = input_ + row * row_bytes();
    if (row < 0 || row + kWinogradWindow > p_.in_h) rows = copy_edge(row);
    for (int32_t channel = 0; channel < p_.in_c; channel += 4) {
      transform_columns(rows + channel, column, kWinogradTile * count + 2);
      transform_rows(channel / 2, count, first);
      transform_rows(channel / 2 + 1, count, first);
    }
  }

  // Six rows, those outside the image filled with padding.
  const int8_t* copy_edge(int32_t row) {
    auto* to = reinterpret_cast<uint32_t*>(edge_);
    const int32_t words = row_bytes() / 4;
    for (int32_t i = 0; i < kWinogradWindow; ++i, ++row, to += words)
      if (is_inside(row, p_.in_h)) {
        copy_words(reinterpret_cast<const uint32_t*>(input_ + row * row_bytes()), words, to);
      } else {
        const uint32_t padding = simd::repeat_byte(p_.input_zero_point);
        for (int32_t word = 0; word < words; ++word) to[word] = padding;
      }
    return edge_;
  }

  // Four channels of `count` columns. Padding is the same value in all rows.
  __attribute__((noinline)) void transform_columns(const int8_t* from, int32_t column,
                                                   int32_t count) {
    uint32_t* to = columns_;
    const int32_t end = column + count, in_c = p_.in_c;
    for (; column < 0; ++column) to = pad_column(to);
    const int32_t inside_end = end < p_.in_w ? end : p_.in_w;
    from += column * in_c;
    for (; column < inside_end; ++column, from += in_c) {
      transform_column<0>(from, to);
      transform_column<8>(from, to + kWinogradWindow);
      to += kColumnWords;
    }
    for (; column < end; ++column) to = pad_column(to);
  }

  uint32_t* pad_column(uint32_t* to) const {
    const uint32_t value = static_cast<uint32_t>(p_.input_zero_point + 128) * 0x10001u;
    for (int32_t half = 0; half < 2; ++half) {
      const WinogradWindow column = transform_window({{value, value, value, value, value, value}});
      for (int32_t i = 0; i < kWinogradWindow; ++i) *to++ = column.d[i];
    }
    return to;
  }

  template <int kRotate>
  void transform_column(const int8_t* from, uint32_t* to) const {
    constexpr uint32_t kUnsigned = 0x00800080u;  // 128 for each half
    WinogradWindow window;
    for (int32_t i = 0; i < kWinogradWindow; ++i)
      window.d[i] = simd::sxtab16<kRotate>(kUnsigned, simd::load_word(from + i * row_bytes()));
    window = transform_window(window);
    for (int32_t i = 0; i < kWinogradWindow; ++i) to[i] = window.d[i];
  }

  // The pair of channels `pair`: from its columns to its cells.
  __attribute__((noinline)) void transform_rows(int32_t pair, int32_t count, int32_t first) {
    const uint32_t* from = columns_ + (pair % 2) * kWinogradWindow;
    const int32_t chunk = pair / steps(), step = pair % steps();
    uint32_t* const cells = cells_ + chunk * chunk_words() + step * kWinogradLanes;
    for (int32_t tile = first; tile < first + count; ++tile) {
      uint32_t* to = cells + tile / kWinogradLanes * cell_words(steps()) + tile % kWinogradLanes;
      for (int32_t i = 0; i < kWinogradWindow; ++i) {
        WinogradWindow row;
        for (int32_t j = 0; j < kWinogradWindow; ++j) row.d[j] = from[j * kColumnWords + i];
        row.d[4] += kWinogradOffset;  // of d[4] and d[5] each of the six sums has one
        row.d[5] += kWinogradOffset;
        row = transform_window(row);
        for (int32_t j = 0; j < kWinogradWindow; ++j, to += position_words()) *to = row.d[j];
      }
      from += kWinogradTile * kColumnWords;
    }
  }

  // One channel of one tile.
  void write_tile(int32_t tile, int32_t in_block, int32_t channel, int32_t channel_of_pair) const {
    const int32_t y = tile / tiles_w_ * kWinogradTile, x = tile % tiles_w_ * kWinogradTile;
    const int32_t out_row_bytes = p_.out_w * p_.out_c;
    int8_t* to = output_ + y * out_row_bytes + x * p_.out_c + channel;
    const uint32_t* sums = cells_ + in_block / kWinogradLanes * cell_words(steps()) +
                           (steps() + channel_of_pair) * kWinogradLanes + in_block % kWinogradLanes;
    const int32_t* table = p_.table + channel * kWinogradTableWords;
    const int32_t height = p_.out_h - y, width = p_.out_w - x;
    if (height >= kWinogradTile && width >= kWinogradTile) {
      transform_back(sums, table, to, p_.out_c, out_row_bytes);
      return;
    }
    int8_t all[kWinogradTile * kWinogradTile];
    transform_back(sums, table, all, 1, kWinogradTile);
    for (int32_t i = 0; i < kWinogradTile && i < height; ++i)
      for (int32_t j = 0; j < kWinogradTile && j < width; ++j)
        to[i * out_row_bytes + j * p_.out_c] = all[i * kWinogradTile + j];
  }

  __attribute__((noinline)) void transform_back(const uint32_t* sums, const int32_t* table,
                                                int8_t* to, int32_t pixel_bytes,
                                                int32_t to_row_bytes) const {
    WinogradWindow rows[kWinogradTile];
    for (int32_t j = 0; j < kWinogradWindow; ++j) {
      WinogradWindow column;
      for (int32_t i = 0; i < kWinogradWindow; ++i) {
        const uint32_t* sum = sums + (i * kWinogradWindow + j) * position_words();
        column.d[i] = *sum;
        for (int32_t chunk = 1; chunk < chunks(); ++chunk)
          column.d[i] += sum[chunk * chunk_words()];
      }
      const WinogradOutputs outputs = transform_sums(column);
      for (int32_t i = 0; i < kWinogradTile; ++i) rows[i].d[j] = outputs.y[i];
    }
    for (int32_t i = 0; i < kWinogradTile; ++i, to += to_row_bytes) {
      const WinogradOutputs outputs = transform_sums(rows[i]);
      for (int32_t j = 0; j < kWinogradTile; ++j)
        to[j * pixel_bytes] =
            requantize(outputs.y[j], kWinogradScaleBits[i] + kWinogradScaleBits[j], table);
    }
  }

  // From 9 * 2^bits * sum.
  static int8_t requantize(uint32_t scaled_sum, int32_t bits, const int32_t* table) {
    const int32_t doubled = static_cast<int32_t>(scaled_sum * kInverseOf9) >> (bits - 1);
    const int32_t rounding = kIsSigned ? table[2] + (doubled >> 31) : table[2];
    return static_cast<int8_t>(
        simd::saturate_s8_shifted<1>(simd::smmlar(doubled, table[0], rounding) >> table[1]));
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
  uint32_t* columns_;  // of a row of tiles, four channels
  int8_t* edge_;       // six rows
  int32_t tiles_w_, tiles_h_;
};

// The arguments repeat steps, chunks, groups and the bytes of a row of the input; kIsSigned is
// false only for an output zero point of -128. Scratch: the cells, kColumnWords for each column of
// a row of tiles, six rows of the input.
template <int kSteps, int kChunks, int kGroups, int kRowBytes, bool kIsSigned>
void conv_s8_winograd(const ConvS8WinogradParams& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    Winograd<kSteps, kChunks, kGroups, kRowBytes, kIsSigned>(p, input, output, scratch).run();
}

}  // namespace thimble::kernels
