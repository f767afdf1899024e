// Float depthwise convolution with int8 weights, see float_taps.h. All weights become floats first,
// in scratch memory: there are few of them, and each is used for every pixel.
#include "kernels/depthwise/float_taps.h"

namespace thimble::kernels {

void depthwise_decoded_taps(const DepthwiseDecodedParams& p, const float* input, float* output,
                            uint8_t* scratch) {
  auto* decoded = reinterpret_cast<float*>(scratch);
  const int32_t taps = p.filter_h * p.filter_w;
  for (int32_t tap = 0, i = 0; tap < taps; ++tap)
    for (int32_t channel = 0; channel < p.out_c; ++channel, ++i)
      decoded[i] = static_cast<float>(p.weights[i]) * p.weight_scales[channel];
  const DepthwiseF32Params floats = {p, p, decoded, p.bias};
  convolve_float_taps(floats, input, output);
}

}  // namespace thimble::kernels
