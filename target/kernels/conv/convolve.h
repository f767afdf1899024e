// The portable walk over a convolution, for any data type.
#pragma once

#include "kernels/conv/shape.h"
#include "runtime/dot.h"

namespace thimble::kernels {

// Calls store(output index, channel, sum) for one image, sum without the bias. Padding holds
// `padding`.
template <typename Sum, typename In, typename W, typename Store>
void convolve(const ConvShape& s, int32_t groups, const In* input, In padding, const W* weights,
              Store store) {
  const int32_t depth = s.in_c / groups;
  const int32_t group_outputs = s.out_c / groups;
  int32_t index = 0;
  for (int32_t y = 0; y < s.out_h; ++y)
    for (int32_t x = 0; x < s.out_w; ++x) {
      const W* tap = weights;
      for (int32_t channel = 0; channel < s.out_c; ++channel, ++index) {
        const In* group_input = input + channel / group_outputs * depth;
        Sum sum{};
        for (int32_t fy = 0; fy < s.filter_h; ++fy)
          for (int32_t fx = 0; fx < s.filter_w; ++fx, tap += depth) {
            const int32_t row = input_row(s, y, fy), column = input_column(s, x, fx);
            if (is_inside(row, s.in_h) && is_inside(column, s.in_w))
              sum += dot<Sum>(group_input + (row * s.in_w + column) * s.in_c, tap, depth);
            else if (padding != In{})
              sum += dot_constant<Sum>(padding, tap, depth);
          }
        store(index, channel, sum);
      }
    }
}

}  // namespace thimble::kernels
