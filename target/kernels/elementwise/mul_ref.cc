// Portable element-wise multiplication.
#include "kernels/elementwise/binary.h"

namespace thimble::kernels {
namespace {

template <typename T>
void mul(const BinaryParams& p, const T* a, const T* b, T* output) {
  const int32_t a_zero = p.a_zero_point, b_zero = p.b_zero_point;
  const int32_t multiplier = p.output_multiplier, shift = p.output_shift;
  const int32_t output_zero = p.output_zero_point, min = p.min, max = p.max;
  for_each_pair(p, a, b, output, [=](T x, T y) {
    const int32_t scaled = fixed_point::rescale((x - a_zero) * (y - b_zero), multiplier, shift);
    return static_cast<T>(
        fixed_point::clamp(fixed_point::wrapping_add(scaled, output_zero), min, max));
  });
}

}  // namespace

void mul_s8_ref(const BinaryParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  mul(p, a, b, output);
}

void mul_s16_ref(const BinaryParams& p, const int16_t* a, const int16_t* b, int16_t* output) {
  mul(p, a, b, output);
}

void mul_f32_ref(const BinaryParams& p, const float* a, const float* b, float* output) {
  for_each_pair(p, a, b, output, [&](float x, float y) { return clamp(p, x * y); });
}

}  // namespace thimble::kernels
