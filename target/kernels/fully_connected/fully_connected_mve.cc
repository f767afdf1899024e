// Matrix product with Helium, four output channels at once. The weights have no zero point.
#include "kernels/fully_connected/kernel.h"
#include "runtime/helium.h"

namespace thimble::kernels {

void fully_connected_s8_mve(const FullyConnectedS8Params& p, const int8_t* input, int8_t* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out)
    multiply_channels(p, p.bias, p.weights, p.out, input, p.in, output);
}

}  // namespace thimble::kernels
