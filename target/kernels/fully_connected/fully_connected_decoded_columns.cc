// Float matrix product with int8 weights, eight channels at a time (runtime/float_tile.h). Every
// weight is used once, so it becomes a float in a register; the sums take the scales.
#include "kernels/fully_connected/kernel.h"
#include "runtime/dot.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {

void fully_connected_decoded_columns(const FullyConnectedDecodedColumnsParams& p,
                                     const float* input, float* output) {
  const auto store = store_decoded(p, output);
  int32_t index = 0;
  for (int32_t row = 0; row < p.rows; ++row, input += p.in) {
    const int8_t* weights = p.weights;
    int32_t channel = 0;
    for (; channel + 8 <= p.out; channel += 8, weights += 8 * p.in) {
      float sums[8];
      multiply_decoded_column(weights, input, p.in, sums);
      for (int32_t i = 0; i < 8; ++i) store(index++, channel + i, sums[i]);
    }
    for (; channel < p.out; ++channel, weights += p.in)
      store(index++, channel, dot<float>(input, weights, p.in));
  }
}

}  // namespace thimble::kernels
