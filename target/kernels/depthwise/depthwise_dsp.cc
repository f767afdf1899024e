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
  int32_t rows, columns;     // taps inside the image
  int32_t step;              // from tap to tap in the input
  int32_t row_skip;          // from behind the last tap of a row to the first of the next
  int32_t row_weights_skip;  // the same in the weights
  int32_t filter_bytes;      // weights of four channels
  uint32_t minus_zero;       // minus the zero point, in both halves
};

// Adds one tap of four channels and moves on to the next tap. In assembly because the compiler
// reorders a run of taps until it needs more registers than there are.
inline void add_tap(const int8_t*& tap, int32_t step, const int8_t*& weights, uint32_t minus_zero,
                    Sums& sums) {
#if defined(THIMBLE_DSP)
  uint32_t x, w, t, u;
  __asm__(
      "ldr.w %[x], [%[tap]]\n\t"
      "ldr.w %[w], [%[weights]], #4\n\t"
      "add.w %[tap], %[tap], %[step]\n\t"
      "sxtab16 %[t], %[zero], %[x]\n\t"
      "sxtb16 %[u], %[w]\n\t"
      "smlabb %[a], %[t], %[u], %[a]\n\t"
      "smlatt %[c], %[t], %[u], %[c]\n\t"
      "sxtab16 %[x], %[zero], %[x], ror #8\n\t"
      "sxtb16 %[w], %[w], ror #8\n\t"
      "smlabb %[b], %[x], %[w], %[b]\n\t"
      "smlatt %[d], %[x], %[w], %[d]"
      : [tap] "+r"(tap), [weights] "+r"(weights), [a] "+r"(sums.a), [b] "+r"(sums.b),
        [c] "+r"(sums.c), [d] "+r"(sums.d), [x] "=&r"(x), [w] "=&r"(w), [t] "=&r"(t), [u] "=&r"(u)
      : [step] "r"(step), [zero] "r"(minus_zero)
      : "memory");
#else
  const uint32_t x = simd::load_word(tap), w = simd::load_word(weights);
  const uint32_t x_even = simd::sxtab16(minus_zero, x), w_even = simd::sxtb16(w);
  const uint32_t x_odd = simd::sxtab16<8>(minus_zero, x), w_odd = simd::sxtb16<8>(w);
  sums.a = simd::smlabb(x_even, w_even, sums.a);
  sums.b = simd::smlabb(x_odd, w_odd, sums.b);
  sums.c = simd::smlatt(x_even, w_even, sums.c);
  sums.d = simd::smlatt(x_odd, w_odd, sums.d);
  tap += step;
  weights += kGroup;
#endif
}

// Four channels of one output pixel.
inline Sums sum_taps(const Window& window, const int8_t* tap, const int8_t* weights, Sums sums) {
  const int32_t step = window.step;
  const uint32_t minus_zero = window.minus_zero;
  for (int32_t rows = window.rows; rows > 0; --rows) {
    if (window.columns == 3) {
      add_tap(tap, step, weights, minus_zero, sums);
      add_tap(tap, step, weights, minus_zero, sums);
      add_tap(tap, step, weights, minus_zero, sums);
    } else {
      for (int32_t count = window.columns; count > 0; --count)
        add_tap(tap, step, weights, minus_zero, sums);
    }
    tap += window.row_skip;
    weights += window.row_weights_skip;
  }
  return sums;
}

// All channels of one output pixel. `input` and `weights` point to the first tap inside the image.
void convolve_pixel(const DepthwiseS8DspParams& p, const Window& window, const int8_t* input,
                    const int8_t* weights, int8_t* output) {
  for (int32_t next = 0; next < p.out_c; next += kGroup, weights += window.filter_bytes) {
    const int32_t channel = next + kGroup > p.out_c ? p.out_c - kGroup : next;
    const int32_t* const first = p.channels + channel * kChannelWords;
    const int32_t* const second = first + kChannelWords;
    const int32_t* const third = second + kChannelWords;
    const int32_t* const fourth = third + kChannelWords;
    const Sums sums = sum_taps(window, input + channel, weights,
                               {first[kBias], second[kBias], third[kBias], fourth[kBias]});
    const Sums results = requantize(p, first, second, third, fourth, sums);
    output[channel] = static_cast<int8_t>(results.a);
    output[channel + 1] = static_cast<int8_t>(results.b);
    output[channel + 2] = static_cast<int8_t>(results.c);
    output[channel + 3] = static_cast<int8_t>(results.d);
  }
}

}  // namespace

void depthwise_s8_dsp(const DepthwiseS8DspParams& p, const int8_t* input, int8_t* output) {
  Window window = {};
  window.step = p.dilation_w * p.in_c;
  window.filter_bytes = kGroup * p.filter_h * p.filter_w;
  window.minus_zero = static_cast<uint16_t>(-p.input_zero_point) * 0x10001u;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y) {
      const Taps rows = inside(input_row(p, y, 0), p.dilation_h, p.filter_h, p.in_h);
      window.rows = rows.end - rows.begin;
      for (int32_t x = 0; x < p.out_w; ++x, output += p.out_c) {
        const Taps columns = inside(input_column(p, x, 0), p.dilation_w, p.filter_w, p.in_w);
        window.columns = columns.end - columns.begin;
        window.row_skip = p.dilation_h * p.in_w * p.in_c - window.columns * window.step;
        window.row_weights_skip = kGroup * (p.filter_w - window.columns);
        const int32_t pixel =
            input_row(p, y, rows.begin) * p.in_w + input_column(p, x, columns.begin);
        convolve_pixel(p, window, input + pixel * p.in_c,
                       p.weights + kGroup * (rows.begin * p.filter_w + columns.begin), output);
      }
    }
}

}  // namespace thimble::kernels
