// Float depthwise convolution with weights of half precision, see float_taps.h. All weights become
// floats first, in scratch memory.
#include "kernels/depthwise/float_taps.h"

namespace thimble::kernels {

void depthwise_half_taps(const DepthwiseHalfParams& p, const float* input, float* output,
                         uint8_t* scratch) {
  auto* decoded = reinterpret_cast<float*>(scratch);
  const int32_t count = p.filter_h * p.filter_w * p.out_c;
  for (int32_t i = 0; i < count; i += 4) decode_four_halves(p.weights + i, decoded + i);
  const DepthwiseF32Params floats = {p, p, decoded, p.bias};
  convolve_float_taps(floats, input, output);
}

}  // namespace thimble::kernels
