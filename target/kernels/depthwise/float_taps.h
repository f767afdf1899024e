// Float depthwise convolution, eight channels of two neighbouring pixels at a time
// (runtime/float_tile.h). For a multiple of eight channels, each with one filter and a bias.
#pragma once

#include "kernels/depthwise/kernel.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {

// The taps [first, end) of a filter's row or column that fall inside the input for a window that
// begins at `start`.
struct TapRange {
  int32_t first, end;

  TapRange(int32_t start, int32_t taps, int32_t dilation, int32_t extent) : first(0), end(taps) {
    while (first < end && start + first * dilation < 0) ++first;
    while (end > first && start + (end - 1) * dilation >= extent) --end;
  }

  bool operator==(const TapRange& other) const { return first == other.first && end == other.end; }
};

// What the pixels (y, x) and (y, x + pixels - 1) have in common: their taps inside the input.
inline FloatTaps taps_of(const DepthwiseF32Params& p, const float* image, int32_t y, int32_t x,
                         int32_t pixels, const TapRange& rows, const TapRange& columns) {
  FloatTaps taps;
  taps.rows = rows.end - rows.first;
  taps.columns = columns.end - columns.first;
  taps.weights = p.weights + (rows.first * p.filter_w + columns.first) * p.out_c;
  taps.weights_step = 4 * p.out_c;
  taps.weights_row_step = 4 * (p.filter_w - taps.columns) * p.out_c;
  taps.inputs =
      image + (input_row(p, y, rows.first) * p.in_w + input_column(p, x, columns.first)) * p.in_c;
  taps.inputs_step = 4 * p.dilation_w * p.in_c;
  taps.inputs_row_step = 4 * (p.dilation_h * p.in_w - taps.columns * p.dilation_w) * p.in_c;
  taps.pixel_step = pixels == 2 ? 4 * p.stride_w * p.in_c : 0;
  return taps;
}

inline void store_eight(const FloatRange& range, const float* sums, float* output) {
  store_four<1>(range, sums, output);
  store_four<1>(range, sums + 4, output + 4);
}

inline void convolve_float_taps(const DepthwiseF32Params& p, const float* input, float* output) {
  float sums[16];
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y) {
      const TapRange rows(input_row(p, y, 0), p.filter_h, p.dilation_h, p.in_h);
      for (int32_t x = 0; x < p.out_w;) {
        const TapRange columns(input_column(p, x, 0), p.filter_w, p.dilation_w, p.in_w);
        const TapRange next(input_column(p, x + 1, 0), p.filter_w, p.dilation_w, p.in_w);
        const int32_t pixels = x + 1 < p.out_w && next == columns ? 2 : 1;
        FloatTaps taps = taps_of(p, input, y, x, pixels, rows, columns);
        const bool any = taps.rows > 0 && taps.columns > 0;
        for (int32_t c = 0; c < p.out_c; c += 8) {
          if (any) multiply_float_taps(taps, p.bias + c, sums);
          store_eight(p, any ? sums : p.bias + c, output + c);
          if (pixels == 2) store_eight(p, any ? sums + 8 : p.bias + c, output + p.out_c + c);
          taps.weights += 8;
          taps.inputs += 8;
        }
        x += pixels;
        output += pixels * p.out_c;
      }
    }
}

}  // namespace thimble::kernels
