// Depthwise convolution, four channels at a time: a word of input and a word of weights hold one
// tap of four channels and extend to pairs of halfwords, which are multiplied half by half.
// Extending the input subtracts its zero point on the way, so that taps in the padding can be left
// out.
#include "kernels/depthwise/kernel.h"
#include "runtime/mac_dsp.h"

namespace thimble::kernels {
namespace {

// The taps of one axis that lie inside the image, for an output position whose first tap is at
// `first`.
struct Taps {
  int32_t begin, end;
};

Taps inside(int32_t first, int32_t dilation, int32_t count, int32_t extent) {
  Taps taps = {0, count};
  while (taps.begin < count && first + taps.begin * dilation < 0) ++taps.begin;
  while (taps.end > taps.begin && first + (taps.end - 1) * dilation >= extent) --taps.end;
  return taps;
}

// Where the taps of an output pixel are; distances in bytes.
struct Window {
  int32_t rows, columns;   // taps inside the image
  int32_t row_step, step;  // from tap to tap in the input
  int32_t row_weights;     // from row to row in the weights
  uint32_t minus_zero;     // minus the zero point, in both halves
};

// Four channels of one output pixel. A function of its own, so that nothing else competes for
// registers.
__attribute__((noinline)) Sums sum_taps(const Window& window, const int8_t* input,
                                        const int8_t* weights, Sums sums) {
  const int32_t step = window.step;
  const uint32_t minus_zero = window.minus_zero;
  auto add_tap = [&](const int8_t* tap, const int8_t* tap_weights) {
    const uint32_t x = simd::load_word(tap), w = simd::load_word(tap_weights);
    const uint32_t x_even = simd::sxtab16(minus_zero, x), w_even = simd::sxtb16(w);
    sums.a = simd::smlabb(x_even, w_even, sums.a);
    sums.c = simd::smlatt(x_even, w_even, sums.c);
    const uint32_t x_odd = simd::sxtab16<8>(minus_zero, x), w_odd = simd::sxtb16<8>(w);
    sums.b = simd::smlabb(x_odd, w_odd, sums.b);
    sums.d = simd::smlatt(x_odd, w_odd, sums.d);
  };
  for (int32_t rows = window.rows; rows > 0; --rows) {
    const int8_t *tap = input, *tap_weights = weights;
    int32_t count = window.columns;
    for (; count >= 3; count -= 3, tap_weights += 3 * kGroup) {
      add_tap(tap, tap_weights);
      tap += step;
      add_tap(tap, tap_weights + kGroup);
      tap += step;
      add_tap(tap, tap_weights + 2 * kGroup);
      tap += step;
    }
    for (; count > 0; --count, tap += step, tap_weights += kGroup) add_tap(tap, tap_weights);
    input += window.row_step;
    weights += window.row_weights;
  }
  return sums;
}

// All channels of one output pixel. `input` and `weights` point to the first tap inside the image.
// Results are written last: the compiler must assume that a store changes the parameters.
void convolve_pixel(const DepthwiseS8DspParams& p, const Window& window, const int8_t* input,
                    const int8_t* weights, int8_t* output) {
  const int32_t* first = p.channels;
  int8_t* const end = output + p.out_c;
  for (; output != end; output += kGroup, input += kGroup) {
    const int32_t* const second = first + kChannelWords;
    const int32_t* const third = second + kChannelWords;
    const int32_t* const fourth = third + kChannelWords;
    const Sums sums = sum_taps(window, input, weights,
                               {first[kBias], second[kBias], third[kBias], fourth[kBias]});
    const int8_t a = requantize_s8(p, first, sums.a), b = requantize_s8(p, second, sums.b);
    const int8_t c = requantize_s8(p, third, sums.c), d = requantize_s8(p, fourth, sums.d);
    weights += kGroup * p.filter_h * p.filter_w;
    first = fourth + kChannelWords;
    output[0] = a;
    output[1] = b;
    output[2] = c;
    output[3] = d;
  }
}

}  // namespace

void depthwise_s8_dsp(const DepthwiseS8DspParams& p, const int8_t* input, int8_t* output) {
  Window window = {};
  window.step = p.dilation_w * p.in_c;
  window.row_step = p.dilation_h * p.in_w * p.in_c;
  window.row_weights = kGroup * p.filter_w;
  window.minus_zero = static_cast<uint16_t>(-p.input_zero_point) * 0x10001u;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y) {
      const Taps rows = inside(input_row(p, y, 0), p.dilation_h, p.filter_h, p.in_h);
      window.rows = rows.end - rows.begin;
      for (int32_t x = 0; x < p.out_w; ++x, output += p.out_c) {
        const Taps columns = inside(input_column(p, x, 0), p.dilation_w, p.filter_w, p.in_w);
        window.columns = columns.end - columns.begin;
        const int32_t pixel =
            input_row(p, y, rows.begin) * p.in_w + input_column(p, x, columns.begin);
        convolve_pixel(p, window, input + pixel * p.in_c,
                       p.weights + kGroup * (rows.begin * p.filter_w + columns.begin), output);
      }
    }
}

}  // namespace thimble::kernels
