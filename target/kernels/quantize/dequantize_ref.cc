// Portable conversion to floats.
#include "kernels/quantize/kernel.h"
#include "runtime/half.h"

namespace thimble::kernels {
namespace {

template <typename T>
void dequantize(const QuantizeParams& p, const T* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i)
    output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

}  // namespace

void dequantize_s8_ref(const QuantizeParams& p, const int8_t* input, float* output) {
  dequantize(p, input, output);
}

void dequantize_u8_ref(const QuantizeParams& p, const uint8_t* input, float* output) {
  dequantize(p, input, output);
}

void dequantize_s16_ref(const QuantizeParams& p, const int16_t* input, float* output) {
  dequantize(p, input, output);
}

void dequantize_f16_ref(const QuantizeParams& p, const uint16_t* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = half_to_float(input[i]);
}

}  // namespace thimble::kernels
