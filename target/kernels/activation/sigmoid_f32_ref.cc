// Logistic function and tanh on floats.
#include "kernels/activation/kernel.h"
#include "runtime/math.h"

namespace thimble::kernels {

void logistic_f32_ref(const SigmoidF32Params& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = math::logistic(input[i]);
}

void tanh_f32_ref(const SigmoidF32Params& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = math::tanh(input[i]);
}

}  // namespace thimble::kernels
