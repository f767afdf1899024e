// Float matrix product with weights of half precision, eight channels at a time
// (runtime/float_tile.h).
#include "kernels/fully_connected/kernel.h"
#include "runtime/float_tile.h"

namespace thimble::kernels {
namespace {

float dot_halves(const float* input, const uint16_t* weights, int32_t count) {
  float sum = 0;
  for (int32_t i = 0; i < count; i += 4) {
    float decoded[4];
    decode_four_halves(weights + i, decoded);
    for (int32_t j = 0; j < 4; ++j) sum += input[i + j] * decoded[j];
  }
  return sum;
}

}  // namespace

void fully_connected_half_columns(const FullyConnectedHalfColumnsParams& p, const float* input,
                                  float* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.in) {
    const uint16_t* weights = p.weights;
    const float* bias = p.bias;
    int32_t left = p.out;
    for (; left >= 8; left -= 8, weights += 8 * p.in, bias += 8, output += 8) {
      float sums[8];
      multiply_half_column(weights, input, p.in, bias, sums);
      store_four<1>(p, sums, output);
      store_four<1>(p, sums + 4, output + 4);
    }
    for (; left > 0; --left, weights += p.in)
      *output++ = clamp(p, dot_halves(input, weights, p.in) + *bias++);
  }
}

}  // namespace thimble::kernels
