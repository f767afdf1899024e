// Float depthwise convolution, see float_taps.h.
#include "kernels/depthwise/float_taps.h"

namespace thimble::kernels {

void depthwise_f32_taps(const DepthwiseF32Params& p, const float* input, float* output) {
  convolve_float_taps(p, input, output);
}

}  // namespace thimble::kernels
