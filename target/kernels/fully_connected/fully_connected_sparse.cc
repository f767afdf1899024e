// int8 matrix product with most weights zero (runtime/sparse.h).
#include "kernels/fully_connected/kernel.h"
#include "runtime/sparse.h"

namespace thimble::kernels {

void fully_connected_s8_sparse(const FullyConnectedS8SparseParams& p, const int8_t* input,
                               int8_t* output) {
  const auto store = store_requantized(p, output);
  int32_t index = 0;
  for (int32_t row = 0; row < p.rows; ++row, input += p.in) {
    const auto* weights = reinterpret_cast<const uint32_t*>(p.weights);
    for (int32_t channel = 0; channel < p.out; ++channel, ++index) {
      const int32_t blocks = p.blocks[channel];
      store(index, channel, static_cast<uint32_t>(sparse_dot(weights, blocks, input)));
      weights += kSparseBlockWords * blocks;
    }
  }
}

}  // namespace thimble::kernels
