// Float matrix product, eight channels at a time (runtime/float_tile.h).
#include "kernels/fully_connected/kernel.h"
#include "runtime/dot.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {

void fully_connected_f32_columns(const FullyConnectedF32ColumnsParams& p, const float* input,
                                 float* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.in) {
    const float *weights = p.weights, *bias = p.bias;
    int32_t left = p.out;
    for (; left >= 8; left -= 8, weights += 8 * p.in, bias += 8, output += 8) {
      float sums[8];
      multiply_float_column(weights, input, p.in, bias, sums);
      store_four<1>(p, sums, output);
      store_four<1>(p, sums + 4, output + 4);
    }
    for (; left > 0; --left, weights += p.in)
      *output++ = clamp(p, dot<float>(input, weights, p.in) + *bias++);
  }
}

}  // namespace thimble::kernels
