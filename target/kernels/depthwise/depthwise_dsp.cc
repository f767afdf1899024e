// Depthwise convolution with one filter per channel, four channels at a time: a word of input and a
// word of weights hold one tap of four channels and extend to pairs of halfwords, which are
// multiplied half by half. Extending the input subtracts its zero point on the way, so that taps in
// the padding can be left out.
//
// The number of channels is a multiple of four. The weights are packed: [channels / 4][taps][4].
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

struct Sums {
  int32_t a, b, c, d;  // of channels 0 to 3
};

inline void add_tap(const int8_t* input, const int8_t* weights, uint32_t minus_zero, Sums& sums) {
  const uint32_t x = simd::load_word(input), w = simd::load_word(weights);
  const uint32_t x_even = simd::sxtab16(minus_zero, x), x_odd = simd::sxtab16<8>(minus_zero, x);
  const uint32_t w_even = simd::sxtb16(w), w_odd = simd::sxtb16<8>(w);
  sums.a = simd::smlabb(x_even, w_even, sums.a);
  sums.b = simd::smlabb(x_odd, w_odd, sums.b);
  sums.c = simd::smlatt(x_even, w_even, sums.c);
  sums.d = simd::smlatt(x_odd, w_odd, sums.d);
}

}  // namespace

void depthwise_s8_dsp(const DepthwiseS8Params& p, const int8_t* input, int8_t* output) {
  const uint32_t minus_zero = static_cast<uint16_t>(-p.input_zero_point) * 0x10001u;
  const int32_t filter_bytes = kGroup * p.filter_h * p.filter_w;
  const int32_t step = p.dilation_w * p.in_c, row_step = p.dilation_h * p.in_w * p.in_c;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y) {
      const int32_t row = input_row(p, y, 0);
      const Taps rows = inside(row, p.dilation_h, p.filter_h, p.in_h);
      for (int32_t x = 0; x < p.out_w; ++x) {
        const int32_t column = input_column(p, x, 0);
        const Taps columns = inside(column, p.dilation_w, p.filter_w, p.in_w);
        const int8_t* first =
            input + (row * p.in_w + column) * p.in_c + rows.begin * row_step + columns.begin * step;
        const int8_t* first_weights =
            p.weights + kGroup * (rows.begin * p.filter_w + columns.begin);
        for (int32_t channel = 0; channel < p.in_c; channel += kGroup) {
          const int32_t* bias = p.bias + channel;
          Sums sums = {bias[0], bias[1], bias[2], bias[3]};
          const int8_t *row_taps = first, *row_weights = first_weights;
          for (int32_t fy = rows.begin; fy < rows.end; ++fy) {
            const int8_t *tap = row_taps, *weights = row_weights;
            for (int32_t fx = columns.begin; fx < columns.end; ++fx) {
              add_tap(tap, weights, minus_zero, sums);
              tap += step;
              weights += kGroup;
            }
            row_taps += row_step;
            row_weights += kGroup * p.filter_w;
          }
          output[0] = static_cast<int8_t>(requantize_right(p, sums.a, channel));
          output[1] = static_cast<int8_t>(requantize_right(p, sums.b, channel + 1));
          output[2] = static_cast<int8_t>(requantize_right(p, sums.c, channel + 2));
          output[3] = static_cast<int8_t>(requantize_right(p, sums.d, channel + 3));
          output += kGroup;
          first += kGroup;
          first_weights += filter_bytes;
        }
      }
    }
}

}  // namespace thimble::kernels
