// Float depthwise convolution, eight channels of two neighbouring pixels at a time
// (runtime/float_tile.h). For a multiple of eight channels, each with one filter.
#include "kernels/depthwise/kernel.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {
namespace {

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

// Eight channels, from `channel` on, of the pixels (y, x) and (y, x + pixels - 1); the taps inside
// are the same for both.
void convolve_eight(const DepthwiseF32Params& p, const float* image, int32_t channel, int32_t y,
                    int32_t x, int32_t pixels, const TapRange& columns, float* output) {
  float sums[16];
  for (int32_t i = 0; i < 8; ++i) sums[i] = sums[8 + i] = p.bias ? p.bias[channel + i] : 0.0f;
  FloatTaps taps;
  taps.weights_step = 4 * p.out_c;
  taps.inputs_step = 4 * p.dilation_w * p.in_c;
  taps.pixel_step = pixels == 2 ? 4 * p.stride_w * p.in_c : 0;
  taps.count = columns.end - columns.first;
  const TapRange rows(input_row(p, y, 0), p.filter_h, p.dilation_h, p.in_h);
  for (int32_t fy = rows.first; taps.count > 0 && fy < rows.end; ++fy) {
    const int32_t row = input_row(p, y, fy), column = input_column(p, x, columns.first);
    taps.weights = p.weights + (fy * p.filter_w + columns.first) * p.out_c + channel;
    taps.inputs = image + (row * p.in_w + column) * p.in_c + channel;
    multiply_float_taps(taps, sums);
  }
  for (int32_t pixel = 0; pixel < pixels; ++pixel)
    for (int32_t i = 0; i < 8; ++i)
      output[pixel * p.out_c + channel + i] = clamp(p, sums[8 * pixel + i]);
}

}  // namespace

void depthwise_f32_taps(const DepthwiseF32Params& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w;) {
        const TapRange columns(input_column(p, x, 0), p.filter_w, p.dilation_w, p.in_w);
        const TapRange next(input_column(p, x + 1, 0), p.filter_w, p.dilation_w, p.in_w);
        const int32_t pixels = x + 1 < p.out_w && next == columns ? 2 : 1;
        for (int32_t c = 0; c < p.out_c; c += 8)
          convolve_eight(p, input, c, y, x, pixels, columns, output);
        x += pixels;
        output += pixels * p.out_c;
      }
}

}  // namespace thimble::kernels
