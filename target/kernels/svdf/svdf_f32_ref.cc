// Portable SVDF on floats.
#include "kernels/svdf/kernel.h"
#include "runtime/dot.h"

namespace thimble::kernels {

void svdf_f32_ref(const SvdfF32Params& p, const float* input, float* state, float* output) {
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.inputs) {
    const float* feature_weights = p.feature_weights;
    const float* time_weights = p.time_weights;
    for (int32_t unit = 0; unit < p.units; ++unit) {
      float sum = 0;
      for (int32_t filter = 0; filter < p.rank; ++filter) {
        for (int32_t i = 0; i + 1 < p.memory; ++i) {
          state[i] = state[i + 1];
          sum += state[i] * time_weights[i];
        }
        const float newest = dot<float>(input, feature_weights, p.inputs);
        state[p.memory - 1] = newest;
        sum += newest * time_weights[p.memory - 1];
        feature_weights += p.inputs;
        time_weights += p.memory;
        state += p.memory;
      }
      if (p.bias) sum += p.bias[unit];
      *output++ = sum < p.float_min ? p.float_min : sum > p.float_max ? p.float_max : sum;
    }
  }
}

}  // namespace thimble::kernels
