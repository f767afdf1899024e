// Portable leaky ReLU.
#include "kernels/activation/kernel.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {

void leaky_relu_s16_ref(const LeakyReluS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = input[i];
    const int32_t scaled = x >= 0
                               ? fixed_point::rescale(x, p.positive_multiplier, p.positive_shift)
                               : fixed_point::rescale(x, p.negative_multiplier, p.negative_shift);
    output[i] = static_cast<int16_t>(fixed_point::clamp(scaled, INT16_MIN, INT16_MAX));
  }
}

void leaky_relu_f32_ref(const LeakyReluF32Params& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[i] > 0 ? input[i] : input[i] * p.alpha;
}

}  // namespace thimble::kernels
