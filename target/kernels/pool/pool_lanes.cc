// Pooling of floats, up to eight channels at once.
#include "kernels/pool/kernel.h"

namespace thimble::kernels {
namespace {

struct Window {
  const float* first;
  int32_t rows, columns;
  int32_t row_step, pixel_step;  // elements

  // The same at this channel; moves on by `channels`.
  Window next(int32_t channels) {
    const Window window = *this;
    first += channels;
    return window;
  }
};

// The values of kLanes neighbouring channels, kept in registers.
template <int kLanes>
struct Lanes {
  float value[kLanes];
};

// Folds the pixels of a window with f(value so far, element).
template <int kLanes, typename F>
Lanes<kLanes> fold(const Window& window, float start, F f) {
  Lanes<kLanes> lanes;
#pragma GCC unroll 8
  for (int lane = 0; lane < kLanes; ++lane) lanes.value[lane] = start;
  const float* row = window.first;
  for (int32_t i = 0; i < window.rows; ++i, row += window.row_step) {
    const float* pixel = row;
    for (int32_t j = window.columns; j > 0; --j, pixel += window.pixel_step) {
      Lanes<kLanes> elements;
#pragma GCC unroll 8
      for (int lane = 0; lane < kLanes; ++lane) elements.value[lane] = pixel[lane];
#pragma GCC unroll 8
      for (int lane = 0; lane < kLanes; ++lane)
        lanes.value[lane] = f(lanes.value[lane], elements.value[lane]);
    }
  }
  return lanes;
}

// Returns the end of what was written.
template <int kLanes, typename Finish>
float* store(const Lanes<kLanes>& lanes, float count, Finish finish, float* output) {
#pragma GCC unroll 8
  for (int lane = 0; lane < kLanes; ++lane) output[lane] = finish(lanes.value[lane], count);
  return output + kLanes;
}

// `finish(value, count)` makes the output element.
template <typename F, typename Finish>
void pool(const PoolParams& p, const float* input, float* output, float start, F f, Finish finish) {
  Window window = {};
  window.row_step = p.in_w * p.channels;
  window.pixel_step = p.channels;
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_h * window.row_step)
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w; ++x) {
        const int32_t h = y * p.stride_h - p.pad_h, w = x * p.stride_w - p.pad_w;
        const int32_t h0 = h < 0 ? 0 : h, h1 = h + p.filter_h < p.in_h ? h + p.filter_h : p.in_h;
        const int32_t w0 = w < 0 ? 0 : w, w1 = w + p.filter_w < p.in_w ? w + p.filter_w : p.in_w;
        window.first = input + (h0 * p.in_w + w0) * p.channels;
        window.rows = h1 - h0;
        window.columns = w1 - w0;
        const auto count = static_cast<float>(window.rows * window.columns);
        int32_t left = p.channels;
        for (; left >= 8; left -= 8)
          output = store(fold<8>(window.next(8), start, f), count, finish, output);
        for (; left >= 4; left -= 4)
          output = store(fold<4>(window.next(4), start, f), count, finish, output);
        for (; left >= 2; left -= 2)
          output = store(fold<2>(window.next(2), start, f), count, finish, output);
        if (left > 0) output = store(fold<1>(window.next(1), start, f), count, finish, output);
      }
}

}  // namespace

void average_pool_f32_lanes(const PoolParams& p, const float* input, float* output) {
  pool(
      p, input, output, 0, [](float sum, float x) { return sum + x; },
      [&p](float sum, float count) {
        const float mean = sum / count;
        return mean < p.float_min ? p.float_min : mean > p.float_max ? p.float_max : mean;
      });
}

void max_pool_f32_lanes(const PoolParams& p, const float* input, float* output) {
  pool(
      p, input, output, p.float_min,
      [](float largest, float x) { return x > largest ? x : largest; },
      [&p](float largest, float) { return largest > p.float_max ? p.float_max : largest; });
}

}  // namespace thimble::kernels
