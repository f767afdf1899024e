// int8 convolution by packed row pairs (runtime/packed.h).
//
// Pixels are computed in blocks. What a block reads is extended into scratch memory once
// (packed_blocks.h), then every quad of channels runs over it.
#pragma once

#include <stdint.h>

#include "kernels/conv/packed_blocks.h"
#include "runtime/fixed_point.h"
#include "runtime/int4.h"
#include "runtime/packed.h"

namespace thimble::kernels {

// Quads: channels, the last filled up with channels whose weights are zero. The bias
// in the table is minus input_zero_point times the sum of the channel's weights.
struct ConvS8PackedParams : PackedBlocks {
  const int32_t* weights;  // quad after quad; of four bits in the kernels that are named for it
  const int32_t* table;    // likewise, table_words each
  uint8_t is_steady;       // see packed.h
  uint8_t table_words;     // kQuadWords, or kSteadyWords
  int8_t output_zero_point;
  int8_t min, max;     // of the output element
  uint8_t is_clamped;  // whether that is less than all of int8
  uint16_t steps;      // words of input that a pixel reads
  uint16_t run;        // pixels of a block whose columns lie column_stride apart
  int32_t run_words;   // from one run of a block to the next
  int32_t tile_bytes;  // not 0: a quad's weights are copied to scratch for every block
};

using MultiplyTile = void (*)(PackedTile*);

// What all quads of a block share. In scratch memory lie a copy of a quad's weights, a place for
// what has none in the output (a second column that is none, channels that fill up a quad), and the
// words of the block.
struct PackedBlock {
  const ConvS8PackedParams& p;
  MultiplyTile multiply;
  uint8_t* scratch;
  PackedTile tile;

  // The tile's members are all set before it is used, so it is not cleared, which takes memset.
  PackedBlock(const ConvS8PackedParams& params, MultiplyTile multiply_tile, uint8_t* scratch_bytes)
      : p(params), multiply(multiply_tile), scratch(scratch_bytes) {}

  uint32_t* weights_copy() const { return reinterpret_cast<uint32_t*>(scratch); }
  int8_t* spare() const { return reinterpret_cast<int8_t*>(scratch + p.tile_bytes); }
  uint32_t* words() const { return reinterpret_cast<uint32_t*>(spare() + 2 * kQuad); }
};

// One quad, whose weights the tile has, times pixels whose columns lie column_stride apart. A quad
// of less than four channels writes into the next pixel, whose channels are written afterwards, so
// it must be the first quad; its last pixel goes to the spare place.
inline __attribute__((noinline)) void multiply_run(PackedBlock& block, const uint32_t* columns,
                                                   int32_t pixels, int32_t channels,
                                                   int8_t* output) {
  PackedTile& tile = block.tile;
  const int32_t out_c = block.p.out_c;
  int32_t direct_pairs = 0;
  if (channels == kQuad)
    direct_pairs = pixels / 2;
  else if (out_c > kQuad)
    direct_pairs = (pixels - 1) / 2;
  if (direct_pairs) {
    tile.output = output;
    tile.output_stride = out_c;
    set_columns(tile, columns, direct_pairs);
    block.multiply(&tile);
    pixels -= 2 * direct_pairs;
    columns = byte_offset(columns, 2 * direct_pairs * tile.column_stride);
    output += 2 * direct_pairs * out_c;
  }
  tile.output_stride = kQuad;
  for (; pixels > 0; pixels -= 2) {
    const int8_t* const spare = block.spare();
    tile.output = block.spare();
    set_columns(tile, columns, 1);
    block.multiply(&tile);
    columns = byte_offset(columns, 2 * tile.column_stride);
    for (int32_t pixel = 0; pixel < 2 && pixel < pixels; ++pixel, output += out_c)
      for (int32_t i = 0; i < channels; ++i) output[i] = spare[kQuad * pixel + i];
  }
}

// Lets the tile have the weights and the table of the quad that begins with a channel: weights from
// flash or, copied or decoded, from scratch memory.
template <int kBits>
inline void take_quad(PackedBlock& block, int32_t channel) {
  const ConvS8PackedParams& p = block.p;
  const int32_t quad = channel / kQuad;
  const auto* weights = reinterpret_cast<const uint32_t*>(p.weights);
  if constexpr (kBits == 4) {
    decode_steps(weights + quad * p.steps, p.steps, block.weights_copy());
    weights = block.weights_copy();
  } else {
    weights += quad * 2 * p.steps;
    if (p.tile_bytes) {
      copy_words(weights, 2 * p.steps, block.weights_copy());
      weights = block.weights_copy();
    }
  }
  set_weights(block.tile, weights);
  block.tile.table = p.table + quad * p.table_words;
}

// The quad that the tile has times the pixels of a block, which is made of runs of p.run pixels
// p.run_words apart.
inline __attribute__((noinline)) void multiply_runs(PackedBlock& block, int32_t pixels,
                                                    int32_t channels, int8_t* output) {
  const ConvS8PackedParams& p = block.p;
  const uint32_t* columns = block.words();
  for (; pixels > 0; pixels -= p.run) {
    multiply_run(block, columns, pixels < p.run ? pixels : p.run, channels, output);
    columns += p.run_words;
    output += p.run * p.out_c;
  }
}

// All channels of the pixels of a block, the last quad first.
template <int kBits>
inline __attribute__((noinline)) void multiply_block(PackedBlock& block, int32_t pixels,
                                                     int8_t* output) {
  const ConvS8PackedParams& p = block.p;
  int32_t channel = p.out_c / kQuad * kQuad;
  if (channel < p.out_c) {
    take_quad<kBits>(block, channel);
    multiply_runs(block, pixels, p.out_c - channel, output + channel);
  }
  // What is the same for every whole quad of a block that is a single run.
  const bool is_one_run = pixels <= p.run && pixels % 2 == 0;
  if (is_one_run) {
    block.tile.output_stride = p.out_c;
    set_columns(block.tile, block.words(), pixels / 2);
  }
  for (channel -= kQuad; channel >= 0; channel -= kQuad) {
    take_quad<kBits>(block, channel);
    if (is_one_run) {
      block.tile.output = output + channel;
      block.multiply(&block.tile);
    } else {
      multiply_runs(block, pixels, kQuad, output + channel);
    }
  }
}

inline __attribute__((noinline)) void clamp_block(const ConvS8PackedParams& p, int32_t count,
                                                  int8_t* output) {
  for (int32_t i = 0; i < count; ++i)
    output[i] = static_cast<int8_t>(fixed_point::clamp(output[i], p.min, p.max));
}

template <int kBits>
inline __attribute__((noinline)) void convolve_packed(const ConvS8PackedParams& p,
                                                      MultiplyTile multiply, bool knows_steps,
                                                      NextBlock next, const int8_t* input,
                                                      int8_t* output, uint8_t* scratch) {
  PackedBlock block(p, multiply, scratch);
  block.tile.zero_point_term = 2 * p.output_zero_point + 1;
  block.tile.column_stride = p.column_stride;
  block.tile.is_steady = p.is_steady;
  set_steps(block.tile, p.steps, knows_steps);
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p)) {
    BlockWalk walk = {p, input, block.words(), 0, 0, 0, 0};
    while (const int32_t pixels = next(walk)) {
      multiply_block<kBits>(block, pixels, output);
      if (p.is_clamped) clamp_block(p, pixels * p.out_c, output);
      output += pixels * p.out_c;
    }
  }
}

// The kernels, by the way blocks are laid out. kColumnStride and kIsSteady repeat
// column_stride and is_steady; kSteps is steps or kAnySteps, and that if not steady; kRun is the
// length of a run or 0. Scratch: the tile, kQuad bytes for each of two pixels, the words of a block
// (pairs are read whole), the ring.
template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s8_packed_columns(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                            uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s8_packed_pixels(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                           uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_pixels<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s8_packed_padded(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                           uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_padded<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s8_packed_row(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_in_a_row, input, output, scratch);
}

// Columns of a stem: three rows of three channels.
template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s8_packed_stem(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                         uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kStemRun>, input, output, scratch);
}

// The same for filters of three columns at a stride of two.
template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s8_packed_stem_pairs(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                               uint8_t* scratch) {
  convolve_packed<8>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kStemPairsRun>, input, output, scratch);
}

// The same with weights of four bits (runtime/int4.h), which every block decodes into the tile of
// its own.
template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s4_packed_columns(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                            uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s4_packed_pixels(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                           uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_pixels<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady, int kRun>
void conv_s4_packed_padded(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                           uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_padded<kRun>, input, output, scratch);
}

template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s4_packed_row(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_in_a_row, input, output, scratch);
}

// Columns of a stem: three rows of three channels.
template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s4_packed_stem(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                         uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kStemRun>, input, output, scratch);
}

// The same for filters of three columns at a stride of two.
template <int kColumnStride, int kSteps, bool kIsSteady>
void conv_s4_packed_stem_pairs(const ConvS8PackedParams& p, const int8_t* input, int8_t* output,
                               uint8_t* scratch) {
  convolve_packed<4>(p, multiply_tile<kColumnStride, kSteps, kIsSteady>, kSteps != kAnySteps,
                     next_columns<kStemPairsRun>, input, output, scratch);
}

}  // namespace thimble::kernels
