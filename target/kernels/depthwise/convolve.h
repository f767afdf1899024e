// The portable walk over a depthwise convolution, for any data type.
#pragma once

#include "kernels/conv/shape.h"
#include "runtime/dot.h"

namespace thimble::kernels {

// Calls store(output index, channel, sum) for one image, sum being that of
// (input - input_zero) * weight without the bias.
template <typename Sum, typename In, typename W, typename Store>
void convolve_depthwise(const ConvShape& s, const In* input, typename Factor<In>::Type input_zero,
                        const W* weights, Store store) {
  const int32_t multiplier = s.out_c / s.in_c;
  int32_t index = 0;
  for (int32_t y = 0; y < s.out_h; ++y)
    for (int32_t x = 0; x < s.out_w; ++x)
      for (int32_t channel = 0; channel < s.out_c; ++channel, ++index) {
        const In* plane = input + channel / multiplier;
        const W* tap = weights + channel;
        Sum sum{};
        for (int32_t fy = 0; fy < s.filter_h; ++fy)
          for (int32_t fx = 0; fx < s.filter_w; ++fx, tap += s.out_c) {
            const int32_t row = input_row(s, y, fy), column = input_column(s, x, fx);
            const bool inside = is_inside(row, s.in_h) && is_inside(column, s.in_w);
            if (inside)
              sum +=
                  static_cast<Sum>((plane[(row * s.in_w + column) * s.in_c] - input_zero) * *tap);
          }
        store(index, channel, sum);
      }
}

}  // namespace thimble::kernels
