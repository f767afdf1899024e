// Portable conversion to floats.
#include "kernels/quantize/kernel.h"

namespace thimble::kernels {
namespace {

template <typename T>
void dequantize(const QuantizeParams& p, const T* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i)
    output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

float float_of_bits(uint32_t bits) {
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

// IEEE 754: binary16 has a sign, 5 bits of exponent with bias 15 and 10 bits of fraction.
float half_to_float(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1Fu;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 0x1F ? 0xFF : exponent + 127 - 15;
  return float_of_bits(sign | wide_exponent << 23 | fraction << 13);
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
