#include "kernels/conv/convolve.h"
#include "kernels/conv/kernel.h"

namespace thimble::kernels {

void conv_s8_ref(const ConvS8Params& p, const int8_t* input, int8_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve<uint32_t>(p, p.groups, input, static_cast<int8_t>(p.input_zero_point), p.weights,
                       store_requantized(p, output));
}

void conv_s16_ref(const ConvS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve<int64_t>(p, p.groups, input, int16_t{0}, p.weights, store_requantized(p, output));
}

void conv_s16_narrow_ref(const ConvS16NarrowParams& p, const int16_t* input, int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve<uint32_t>(p, p.groups, input, int16_t{0}, p.weights, store_requantized(p, output));
}

void conv_f32_ref(const ConvF32Params& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve<float>(p, p.groups, input, 0.0f, p.weights, store_clamped(p, output));
}

void conv_decoded_ref(const ConvDecodedParams& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve<float>(p, p.groups, input, 0.0f, p.weights, store_decoded(p, output));
}

void conv_hybrid_ref(const ConvHybridParams& p, const float* input, float* output,
                     uint8_t* scratch) {
  auto* quantized = reinterpret_cast<int8_t*>(scratch);
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p)) {
    const HybridScale scale = quantize(input, input_size(p), p.weight_sums != nullptr, quantized);
    convolve<uint32_t>(p, p.groups, quantized, static_cast<int8_t>(scale.zero_point), p.weights,
                       store_hybrid(p, scale, output));
  }
}

}  // namespace thimble::kernels
