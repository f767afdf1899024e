// Portable softmax of floats.
#include "kernels/softmax/kernel.h"
#include "kernels/softmax/row.h"
#include "runtime/math.h"

namespace thimble::kernels {

void softmax_f32_ref(const SoftmaxF32Params& p, const float* input, float* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    const float largest = largest_of_row(input, p.depth);
    float sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) {
      output[c] = math::exp((input[c] - largest) * p.beta);
      sum += output[c];
    }
    for (int32_t c = 0; c < p.depth; ++c) output[c] /= sum;
  }
}

}  // namespace thimble::kernels
