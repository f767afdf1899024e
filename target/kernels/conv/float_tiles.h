// Float convolution of four channels times four pixels at a time (runtime/float_tile.h), whatever
// the weights are stored as. What a block of tiles of four pixels reads is gathered in scratch
// memory, interleaved, then every four channels run over it.
//
// Params is a ConvShape and a FloatRange, with `bias`, filled up to whole fours of channels, and
// `count`, the inputs of a pixel filled up to an even number.
#pragma once

#include "kernels/conv/shape.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {

inline constexpr int32_t kTilePixels = 4;

// Every kTilePixels-th element of `to`.
inline float* spread(const float* from, int32_t count, float* to) {
  for (; count >= 4; count -= 4, from += 4, to += 4 * kTilePixels) {
    const float a = from[0], b = from[1], c = from[2], d = from[3];
    to[0] = a;
    to[kTilePixels] = b;
    to[2 * kTilePixels] = c;
    to[3 * kTilePixels] = d;
  }
  for (; count > 0; --count, to += kTilePixels) *to = *from++;
  return to;
}

inline float* spread_zeros(int32_t count, float* to) {
  for (; count > 0; --count, to += kTilePixels) *to = 0;
  return to;
}

// All that one output pixel reads.
template <typename Params>
void gather_pixel(const Params& p, const float* image, int32_t y, int32_t x, float* to) {
  const float* const begin = to;
  const int32_t column = input_column(p, x, 0);
  const bool one_run = p.dilation_w == 1 && column >= 0 && column + p.filter_w <= p.in_w;
  for (int32_t fy = 0; fy < p.filter_h; ++fy) {
    const int32_t row = input_row(p, y, fy);
    if (!is_inside(row, p.in_h)) {
      to = spread_zeros(p.filter_w * p.in_c, to);
      continue;
    }
    const float* from = image + row * p.in_w * p.in_c;
    if (one_run) {
      to = spread(from + column * p.in_c, p.filter_w * p.in_c, to);
      continue;
    }
    for (int32_t fx = 0; fx < p.filter_w; ++fx) {
      const int32_t tap = input_column(p, x, fx);
      to = is_inside(tap, p.in_w) ? spread(from + tap * p.in_c, p.in_c, to)
                                  : spread_zeros(p.in_c, to);
    }
  }
  if (to != begin + p.count * kTilePixels) *to = 0;
}

// Clamps and stores some of a tile's sums.
template <typename Params>
void store_tile(const Params& p, const float* sums, int32_t channels, int32_t pixels,
                float* output) {
  for (int32_t pixel = 0; pixel < pixels; ++pixel, output += p.out_c)
    for (int32_t c = 0; c < channels; ++c) output[c] = clamp(p, sums[4 * c + pixel]);
}

// weights_of(c): those of the channels c to c + 3, [count][4]. `memory` holds the sums of a tile
// and block_tiles * count * kTilePixels inputs.
template <typename Params, typename WeightsOf>
void convolve_float_tiles(const Params& p, int32_t block_tiles, const float* input, float* output,
                          float* memory, WeightsOf weights_of) {
  float* const sums = memory;
  float* const inputs = sums + 4 * kTilePixels;
  const int32_t pixels = p.out_h * p.out_w, block = block_tiles * kTilePixels;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p)) {
    int32_t y = 0, x = 0;
    for (int32_t pixel = 0; pixel < pixels; pixel += block) {
      const int32_t whole = pixels - pixel < block ? pixels - pixel : block;
      // What is left over in the last tile is computed from old inputs and not stored.
      for (int32_t i = 0; i < whole; ++i) {
        const int32_t tile = i / kTilePixels * kTilePixels;
        gather_pixel(p, input, y, x, inputs + tile * p.count + (i - tile));
        if (++x == p.out_w) {
          x = 0;
          ++y;
        }
      }
      for (int32_t c = 0; c < p.out_c; c += 4) {
        const float* const weights = weights_of(c);
        for (int32_t i = 0; i < whole; i += kTilePixels) {
          multiply_float_tile(weights, inputs + i * p.count, p.count, p.bias + c, sums);
          float* const tile_output = output + i * p.out_c + c;
          if (c + 4 <= p.out_c && i + kTilePixels <= whole)
            for (int32_t j = 0; j < kTilePixels; ++j)
              store_four<4>(p, sums + j, tile_output + j * p.out_c);
          else
            store_tile(p, sums, p.out_c - c < 4 ? p.out_c - c : 4,
                       whole - i < kTilePixels ? whole - i : kTilePixels, tile_output);
        }
      }
      output += whole * p.out_c;
    }
  }
}

}  // namespace thimble::kernels
