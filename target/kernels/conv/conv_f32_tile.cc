// Float convolution of four channels times four pixels at a time (runtime/float_tile.h). What four
// pixels read is gathered in scratch memory, interleaved, then every four channels run over it.
#include "kernels/conv/kernel.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kTilePixels = 4;

// Every kTilePixels-th element of `to`.
float* spread(const float* from, int32_t count, float* to) {
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

float* spread_zeros(int32_t count, float* to) {
  for (; count > 0; --count, to += kTilePixels) *to = 0;
  return to;
}

// All that one output pixel reads.
void gather_pixel(const ConvF32TileParams& p, const float* image, int32_t y, int32_t x, float* to) {
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
void store_tile(const ConvF32TileParams& p, const float* sums, int32_t channels, int32_t pixels,
                float* output) {
  for (int32_t pixel = 0; pixel < pixels; ++pixel, output += p.out_c)
    for (int32_t c = 0; c < channels; ++c) output[c] = clamp(p, sums[4 * c + pixel]);
}

}  // namespace

// Scratch: the sums of a tile, count * kTilePixels inputs.
void conv_f32_tile(const ConvF32TileParams& p, const float* input, float* output,
                   uint8_t* scratch) {
  auto* sums = reinterpret_cast<float*>(scratch);
  float* const inputs = sums + 16;
  const int32_t pixels = p.out_h * p.out_w;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p)) {
    int32_t y = 0, x = 0;
    for (int32_t pixel = 0; pixel < pixels; pixel += kTilePixels) {
      const int32_t whole = pixels - pixel < kTilePixels ? pixels - pixel : kTilePixels;
      // What is left over in the last tile is computed from old inputs and not stored.
      for (int32_t i = 0; i < whole; ++i) {
        gather_pixel(p, input, y, x, inputs + i);
        if (++x == p.out_w) {
          x = 0;
          ++y;
        }
      }
      const float* weights = p.weights;
      for (int32_t c = 0; c < p.out_c; c += 4, weights += 4 * p.count) {
        multiply_float_tile(weights, inputs, p.count, p.bias + c, sums);
        if (c + 4 <= p.out_c && whole == kTilePixels)
          for (int32_t i = 0; i < kTilePixels; ++i)
            store_four<4>(p, sums + i, output + i * p.out_c + c);
        else
          store_tile(p, sums, p.out_c - c < 4 ? p.out_c - c : 4, whole, output + c);
      }
      output += whole * p.out_c;
    }
  }
}

}  // namespace thimble::kernels
