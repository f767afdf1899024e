// int8 convolution for cores without DSP instructions: two pixels share every multiplication.
//
// A word x0 + 65536 * x1 holds the same input of two pixels, so one product with a weight is two
// products: w * x0 + 65536 * (w * x1). Both parts can be told apart as long as the sum of the low
// ones stays within 16 bits. After so many weights the sum is taken apart: `high` adds up the upper
// halves, rounded, and `all` everything modulo 2^32, so that the sum of the lower parts is
// all - 65536 * high.
//
// Four pixels are computed at once; what they read is laid out in scratch memory, two words for
// each weight. How weights are read and how many are summed is the kernels' (conv_pairs.cc,
// conv_pairs_int4.cc).
#pragma once

#include "kernels/conv/kernel.h"
#include "runtime/armv6m.h"

namespace thimble::kernels {

constexpr int32_t kPairPixels = 4;

// One channel of four pixels. The kernels' assembly knows the order of the members.
struct PairTile {
  const uint32_t* words;  // [weights][2]
  const uint32_t* words_end;
  const int8_t* weights;
  int32_t sums[kPairPixels];
};

// The loops over a tile's weights have the same beginning and end, and the same three ways to go on
// with a weight.
#if defined(__ARM_ARCH_6M__)
// r0, r1: inputs and products; r2: words; r3: weights; r4: one weight; r5: as many as a word has;
// r6, r7: high; r8, r9: sums since they were last taken apart; r10, r11: all; r12: words_end; lr:
// the tile. At the beginning r4 is words_end too.
#define THIMBLE_PAIRS_BEGIN \
  THIMBLE_SAVE_REGISTERS    \
  "mov lr, r0\n\t"          \
  "ldmia r0!, {r2, r4}\n\t" \
  "ldr r3, [r0]\n\t"        \
  "mov r12, r4\n\t"         \
  "movs r6, #0\n\t"         \
  "movs r7, #0\n\t"         \
  "mov r10, r6\n\t"         \
  "mov r11, r6\n\t"
#define THIMBLE_PAIRS_END \
  "mov r0, lr\n\t"        \
  "adds r0, #12\n\t"      \
  "mov r1, r10\n\t"       \
  "lsls r2, r6, #16\n\t"  \
  "subs r1, r1, r2\n\t"   \
  "mov r2, r6\n\t"        \
  "mov r3, r11\n\t"       \
  "lsls r4, r7, #16\n\t"  \
  "subs r3, r3, r4\n\t"   \
  "mov r4, r7\n\t"        \
  "stmia r0!, {r1-r4}\n\t" THIMBLE_RESTORE_AND_RETURN
#define THIMBLE_PAIRS_MULTIPLY \
  "ldmia r2!, {r0, r1}\n\t"    \
  "muls r0, r4, r0\n\t"        \
  "muls r1, r4, r1\n\t"
#define THIMBLE_PAIRS_KEEP THIMBLE_PAIRS_MULTIPLY "mov r8, r0\n\tmov r9, r1\n\t"
#define THIMBLE_PAIRS_ADD THIMBLE_PAIRS_MULTIPLY "add r8, r0\n\tadd r9, r1\n\t"
// ASRS leaves bit 15 in the carry, which rounds.
#define THIMBLE_PAIRS_TAKE_APART \
  THIMBLE_PAIRS_MULTIPLY         \
  "add r0, r8\n\t"               \
  "add r1, r9\n\t"               \
  "add r10, r0\n\t"              \
  "add r11, r1\n\t"              \
  "asrs r0, r0, #16\n\t"         \
  "adcs r6, r0\n\t"              \
  "asrs r1, r1, #16\n\t"         \
  "adcs r7, r1\n\t"
#else
struct PairSums {
  uint32_t all[2] = {}, high[2] = {};

  void take_apart(const uint32_t (&sums)[2]) {
    for (int i = 0; i < 2; ++i) {
      all[i] += sums[i];
      high[i] += static_cast<uint32_t>(static_cast<int32_t>(sums[i] + 0x8000u) >> 16);
    }
  }
  void store(PairTile& tile) const {
    for (int i = 0; i < 2; ++i) {
      tile.sums[2 * i] = static_cast<int32_t>(all[i] - (high[i] << 16));
      tile.sums[2 * i + 1] = static_cast<int32_t>(high[i]);
    }
  }
};
#endif

// A run of inputs of four pixels; `count` is positive.
#if defined(__ARM_ARCH_6M__)
// r1: minus the inputs left; r2: to; r3-r6: the ends of the pixels' runs.
#define PAIR(low, high)  \
  "ldrsb r0, [" low      \
  ", r1]\n\t"            \
  "ldrsb r7, [" high     \
  ", r1]\n\t"            \
  "lsls r7, r7, #16\n\t" \
  "adds r7, r7, r0\n\t"  \
  "stmia r2!, {r7}\n\t"
inline __attribute__((naked, noinline)) uint32_t* pair_up(const int8_t* const* /*from*/,
                                                          int32_t /*count*/, uint32_t* /*to*/) {
  __asm__(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "ldmia r0!, {r3, r4, r5, r6}\n\t"
      "adds r3, r3, r1\n\t"
      "adds r4, r4, r1\n\t"
      "adds r5, r5, r1\n\t"
      "adds r6, r6, r1\n\t"
      "rsbs r1, r1, #0\n\t"
      ".p2align 3\n"
      "1:\n\t" PAIR("r3", "r4") PAIR("r5", "r6")
      "adds r1, r1, #1\n\t"
      "bne 1b\n\t"
      "movs r0, r2\n\t"
      "pop {r4-r7, pc}");
}
#undef PAIR
#else
inline uint32_t* pair_up(const int8_t* const* from, int32_t count, uint32_t* to) {
  auto pair = [](int32_t low, int32_t high) {
    return static_cast<uint32_t>(low) + (static_cast<uint32_t>(high) << 16);
  };
  for (int32_t i = 0; i < count; ++i) {
    *to++ = pair(from[0][i], from[1][i]);
    *to++ = pair(from[2][i], from[3][i]);
  }
  return to;
}
#endif

// Four pixels of an image, the position of each one's first tap.
struct PairBlock {
  int32_t row[kPairPixels], column[kPairPixels];
  bool is_inside;  // no tap of any is padding
};

inline PairBlock block_at(const ConvShape& s, int32_t pixel, int32_t pixels) {
  PairBlock block;
  block.is_inside = true;
  int32_t y = pixel / s.out_w, x = pixel % s.out_w;
  const int32_t reach_h = (s.filter_h - 1) * s.dilation_h,
                reach_w = (s.filter_w - 1) * s.dilation_w;
  for (int32_t i = 0; i < kPairPixels; ++i) {
    const int32_t row = input_row(s, y, 0), column = input_column(s, x, 0);
    block.row[i] = row;
    block.column[i] = column;
    block.is_inside &=
        row >= 0 && column >= 0 && row + reach_h < s.in_h && column + reach_w < s.in_w;
    if (i + 1 >= pixels) continue;  // what is missing repeats the last one
    if (++x == s.out_w) x = 0, ++y;
  }
  return block;
}

inline uint32_t* lay_out(const ConvShape& s, const PairBlock& block, const int8_t* image,
                         const int8_t* padding, uint32_t* to) {
  const int8_t* from[kPairPixels];
  const bool by_rows = block.is_inside && s.dilation_w == 1;
  for (int32_t fy = 0; fy < s.filter_h; ++fy)
    for (int32_t fx = 0; fx < (by_rows ? 1 : s.filter_w); ++fx) {
      for (int32_t i = 0; i < kPairPixels; ++i) {
        const int32_t row = block.row[i] + fy * s.dilation_h;
        const int32_t column = block.column[i] + fx * s.dilation_w;
        const bool inside =
            block.is_inside || (is_inside(row, s.in_h) && is_inside(column, s.in_w));
        from[i] = inside ? image + (row * s.in_w + column) * s.in_c : padding;
      }
      to = pair_up(from, by_rows ? s.filter_w * s.in_c : s.in_c, to);
    }
  return to;
}

// All channels of a block of `count` pixels. sum(tile, channel) gives the sums of one.
template <typename Sum>
inline void multiply_pairs(const ConvS8PairsParams& p, PairTile* tile, int32_t count,
                           int8_t* output, Sum sum) {
  // Parameters lie in flash, where reading them again and again takes long.
  const int32_t out_c = p.out_c, row_bytes = p.row_bytes;
  const int32_t* channel = p.channels;
  tile->weights = p.weights;
  for (int8_t* const end = output + out_c; output != end; ++output) {
    sum(tile, channel);
    store_staged(p, channel, tile->sums, count, output, out_c);
    tile->weights += row_bytes;
    channel += kStagedWords;
  }
}

// The whole layer. row_weights: of a channel, with those that fill up its row.
template <typename Sum>
inline void convolve_pairs(const ConvS8PairsParams& p, int32_t row_weights, const int8_t* input,
                           int8_t* output, uint8_t* scratch, Sum sum) {
  auto* words = reinterpret_cast<uint32_t*>(scratch);
  PairTile tile;
  tile.words = words;
  tile.words_end = words + 2 * row_weights;
  auto* padding = reinterpret_cast<int8_t*>(words + 2 * row_weights);
  for (int32_t i = 0; i < p.in_c; ++i) padding[i] = static_cast<int8_t>(p.input_zero_point);
  const int32_t pixels = p.out_h * p.out_w;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t pixel = 0; pixel < pixels; pixel += kPairPixels) {
      const int32_t count = pixels - pixel < kPairPixels ? pixels - pixel : kPairPixels;
      uint32_t* to = lay_out(p, block_at(p, pixel, count), input, padding, words);
      while (to != tile.words_end) *to++ = 0;
      multiply_pairs(p, &tile, count, output, sum);
      output += count * p.out_c;
    }
}

}  // namespace thimble::kernels
