#include "kernels/fully_connected/kernel.h"
#include "kernels/fully_connected/multiply.h"

namespace thimble::kernels {

void fully_connected_s8_ref(const FullyConnectedS8Params& p, const int8_t* input, int8_t* output) {
  multiply<uint32_t>(p, input, p.weights, p.weights_zero_point, store_requantized(p, output));
}

void fully_connected_s16_ref(const FullyConnectedS16Params& p, const int16_t* input,
                             int16_t* output) {
  multiply<int64_t>(p, input, p.weights, p.weights_zero_point, store_requantized(p, output));
}

void fully_connected_s16_narrow_ref(const FullyConnectedS16NarrowParams& p, const int16_t* input,
                                    int16_t* output) {
  multiply<uint32_t>(p, input, p.weights, p.weights_zero_point, store_requantized(p, output));
}

void fully_connected_f32_ref(const FullyConnectedF32Params& p, const float* input, float* output) {
  multiply<float>(p, input, p.weights, 0.0f, store_clamped(p, output));
}

void fully_connected_decoded_ref(const FullyConnectedDecodedParams& p, const float* input,
                                 float* output) {
  multiply<float>(p, input, p.weights, 0.0f, store_decoded(p, output));
}

// Every row is quantized by itself.
void fully_connected_hybrid_ref(const FullyConnectedHybridParams& p, const float* input,
                                float* output, uint8_t* scratch) {
  auto* quantized = reinterpret_cast<int8_t*>(scratch);
  const MatrixShape row = {1, p.in, p.out};
  for (int32_t r = 0; r < p.rows; ++r, input += p.in, output += p.out) {
    const HybridScale scale = quantize(input, p.in, p.weight_sums != nullptr, quantized);
    multiply<uint32_t>(row, quantized, p.weights, 0, store_hybrid(p, scale, output));
  }
}

}  // namespace thimble::kernels
