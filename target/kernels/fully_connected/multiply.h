// The portable walk over a matrix product, for any data type.
#pragma once

#include "kernels/fully_connected/kernel.h"
#include "runtime/dot.h"

namespace thimble::kernels {

// Calls store(output index, channel, sum), sum being that of input * (weight - weights_zero)
// without the bias.
template <typename Sum, typename In, typename W, typename Store>
void multiply(const MatrixShape& s, const In* input, const W* weights,
              typename Factor<In>::Type weights_zero, Store store) {
  int32_t index = 0;
  for (int32_t row = 0; row < s.rows; ++row, input += s.in) {
    const Sum zero_sum = weights_zero == 0 ? Sum{} : dot_constant<Sum>(weights_zero, input, s.in);
    for (int32_t channel = 0; channel < s.out; ++channel, ++index)
      store(index, channel, dot<Sum>(input, weights + channel * s.in, s.in) - zero_sum);
  }
}

}  // namespace thimble::kernels
