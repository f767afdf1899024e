#include "kernels/transpose_conv/convolve.h"
#include "kernels/transpose_conv/kernel.h"

namespace thimble::kernels {

void transpose_conv_s8_ref(const TransposeConvS8Params& p, const int8_t* input, int8_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_transposed<uint32_t>(p, input, p.input_zero_point, p.weights,
                                  store_requantized(p, output));
}

void transpose_conv_s16_ref(const TransposeConvS16Params& p, const int16_t* input,
                            int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_transposed<int64_t>(p, input, 0, p.weights, store_requantized(p, output));
}

void transpose_conv_s16_narrow_ref(const TransposeConvS16NarrowParams& p, const int16_t* input,
                                   int16_t* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_transposed<uint32_t>(p, input, 0, p.weights, store_requantized(p, output));
}

void transpose_conv_f32_ref(const TransposeConvF32Params& p, const float* input, float* output) {
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p), output += output_size(p))
    convolve_transposed<float>(p, input, 0.0f, p.weights, store_clamped(p, output));
}

}  // namespace thimble::kernels
