// Portable SVDF on floats with int8 weights.
#include "kernels/svdf/kernel.h"
#include "runtime/hybrid.h"

namespace thimble::kernels {

void svdf_hybrid_ref(const SvdfHybridParams& p, const float* input, float* state, float* output,
                     uint8_t* scratch) {
  auto* quantized = reinterpret_cast<int8_t*>(scratch);
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.inputs) {
    const HybridScale in = quantize(input, p.inputs, p.asymmetric != 0, quantized);
    const int8_t* feature_weights = p.feature_weights;
    const int8_t* time_weights = p.time_weights;
    for (int32_t unit = 0; unit < p.units; ++unit) {
      float sum = 0;
      for (int32_t filter = 0; filter < p.rank; ++filter) {
        uint32_t product = 0;
        for (int32_t i = 0; i < p.inputs; ++i)
          product += static_cast<uint32_t>((quantized[i] - in.zero_point) * feature_weights[i]);
        for (int32_t i = 0; i + 1 < p.memory; ++i) state[i] = state[i + 1];
        state[p.memory - 1] =
            static_cast<float>(static_cast<int32_t>(product)) * (in.scale * p.feature_scale);
        for (int32_t i = 0; i < p.memory; ++i)
          sum += state[i] * (p.time_scale * static_cast<float>(time_weights[i]));
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
