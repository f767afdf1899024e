// Portable change of scale, zero point or integer type.
#include "kernels/quantize/kernel.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {
namespace {

template <typename In, typename Out>
void requantize(const RequantizeParams& p, const In* input, Out* output) {
  const auto offset = static_cast<int32_t>(0u - static_cast<uint32_t>(p.input_zero_point));
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t centred = fixed_point::wrapping_add(input[i], offset);
    const int32_t scaled = fixed_point::rescale(centred, p.multiplier, p.shift);
    const int32_t shifted = fixed_point::wrapping_add(scaled, p.output_zero_point);
    output[i] = static_cast<Out>(fixed_point::clamp(shifted, p.min, p.max));
  }
}

}  // namespace

void requantize_s8_s8_ref(const RequantizeParams& p, const int8_t* input, int8_t* output) {
  requantize(p, input, output);
}

void requantize_s8_u8_ref(const RequantizeParams& p, const int8_t* input, uint8_t* output) {
  requantize(p, input, output);
}

void requantize_s8_s16_ref(const RequantizeParams& p, const int8_t* input, int16_t* output) {
  requantize(p, input, output);
}

void requantize_s8_s32_ref(const RequantizeParams& p, const int8_t* input, int32_t* output) {
  requantize(p, input, output);
}

void requantize_u8_s8_ref(const RequantizeParams& p, const uint8_t* input, int8_t* output) {
  requantize(p, input, output);
}

void requantize_s16_s8_ref(const RequantizeParams& p, const int16_t* input, int8_t* output) {
  requantize(p, input, output);
}

void requantize_s16_s16_ref(const RequantizeParams& p, const int16_t* input, int16_t* output) {
  requantize(p, input, output);
}

void requantize_s16_s32_ref(const RequantizeParams& p, const int16_t* input, int32_t* output) {
  requantize(p, input, output);
}

void requantize_s32_s8_ref(const RequantizeParams& p, const int32_t* input, int8_t* output) {
  requantize(p, input, output);
}

void requantize_s32_s16_ref(const RequantizeParams& p, const int32_t* input, int16_t* output) {
  requantize(p, input, output);
}

}  // namespace thimble::kernels
