// ReLU and the like on floats. NaN stays NaN.
#include "kernels/activation/kernel.h"

namespace thimble::kernels {

void clamp_f32_ref(const ClampF32Params& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = input[i];
    output[i] = x < p.float_min ? p.float_min : x > p.float_max ? p.float_max : x;
  }
}

}  // namespace thimble::kernels
