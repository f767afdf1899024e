// Portable quantization of floats.
#include "kernels/quantize/kernel.h"

namespace thimble::kernels {
namespace {

// Rounds to nearest, halves away from zero. |x| must be below 2^31.
int32_t round_to_integer(float x) {
  const auto whole = static_cast<int32_t>(x);
  const float fraction = x - static_cast<float>(whole);
  if (fraction >= 0.5f) return whole + 1;
  return fraction <= -0.5f ? whole - 1 : whole;
}

template <typename T>
void quantize(const QuantizeParams& p, const float* input, T* output, int32_t type_min,
              int32_t type_max) {
  const int32_t low = type_min - p.zero_point, high = type_max - p.zero_point;
  const auto float_low = static_cast<float>(low), float_high = static_cast<float>(high);
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = input[i] / p.scale;
    // The first comparison is false for a NaN too.
    const int32_t rounded = !(x > float_low) ? low : x < float_high ? round_to_integer(x) : high;
    output[i] = static_cast<T>(rounded + p.zero_point);
  }
}

}  // namespace

void quantize_f32_s8_ref(const QuantizeParams& p, const float* input, int8_t* output) {
  quantize(p, input, output, INT8_MIN, INT8_MAX);
}

void quantize_f32_u8_ref(const QuantizeParams& p, const float* input, uint8_t* output) {
  quantize(p, input, output, 0, UINT8_MAX);
}

void quantize_f32_s16_ref(const QuantizeParams& p, const float* input, int16_t* output) {
  quantize(p, input, output, INT16_MIN, INT16_MAX);
}

}  // namespace thimble::kernels
