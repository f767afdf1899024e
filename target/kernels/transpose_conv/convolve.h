// The portable walk over a transposed convolution, for any data type.
#pragma once

#include "kernels/conv/shape.h"
#include "runtime/dot.h"

namespace thimble::kernels {

// The input position whose window has `tap` at output position `out`, or -1.
inline int32_t source(int32_t out, int32_t pad, int32_t tap, int32_t stride, int32_t extent) {
  const int32_t distance = out + pad - tap;
  if (distance < 0 || distance % stride != 0 || distance / stride >= extent) return -1;
  return distance / stride;
}

// Calls store(output index, channel, sum) for one image, sum being that of
// (input - input_zero) * weight without the bias. Output by output, so that it needs no memory for
// sums.
template <typename Sum, typename In, typename W, typename Store>
void convolve_transposed(const ConvShape& s, const In* input, typename Factor<In>::Type input_zero,
                         const W* weights, Store store) {
  int32_t index = 0;
  for (int32_t y = 0; y < s.out_h; ++y)
    for (int32_t x = 0; x < s.out_w; ++x) {
      const W* tap = weights;
      for (int32_t channel = 0; channel < s.out_c; ++channel, ++index) {
        Sum sum{};
        for (int32_t fy = 0; fy < s.filter_h; ++fy) {
          const int32_t row = source(y, s.pad_h, fy, s.stride_h, s.in_h);
          for (int32_t fx = 0; fx < s.filter_w; ++fx, tap += s.in_c) {
            const int32_t column = source(x, s.pad_w, fx, s.stride_w, s.in_w);
            if (row < 0 || column < 0) continue;
            const In* pixel = input + (row * s.in_w + column) * s.in_c;
            sum += dot<Sum>(pixel, tap, s.in_c);
            if (input_zero != 0) sum -= dot_constant<Sum>(input_zero, tap, s.in_c);
          }
        }
        store(index, channel, sum);
      }
    }
}

}  // namespace thimble::kernels
