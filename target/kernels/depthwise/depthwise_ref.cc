#include "kernels/depthwise/convolve.h"
#include "kernels/depthwise/kernel.h"

namespace thimble::kernels {

void depthwise_s8_ref(const DepthwiseS8Params& p, const int8_t* input, int8_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_depthwise<uint32_t>(p, input, p.input_zero_point, p.weights,
                                 store_requantized(p, output));
}

void depthwise_s16_ref(const DepthwiseS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_depthwise<int64_t>(p, input, 0, p.weights, store_requantized(p, output));
}

void depthwise_s16_narrow_ref(const DepthwiseS16NarrowParams& p, const int16_t* input,
                              int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_depthwise<uint32_t>(p, input, 0, p.weights, store_requantized(p, output));
}

void depthwise_f32_ref(const DepthwiseF32Params& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_depthwise<float>(p, input, 0.0f, p.weights, store_clamped(p, output));
}

void depthwise_decoded_ref(const DepthwiseDecodedParams& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_depthwise<float>(p, input, 0.0f, p.weights, store_decoded(p, output));
}

void depthwise_hybrid_ref(const DepthwiseHybridParams& p, const float* input, float* output,
                          uint8_t* scratch) {
  auto* quantized = reinterpret_cast<int8_t*>(scratch);
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p)) {
    const HybridScale scale = quantize(input, input_size(p), /*asymmetric=*/true, quantized);
    convolve_depthwise<uint32_t>(p, quantized, scale.zero_point, p.weights,
                                 store_hybrid(p, scale, output));
  }
}

}  // namespace thimble::kernels
