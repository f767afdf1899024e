// Portable element-wise multiplication.
#include "kernels/elementwise/binary.h"

namespace thimble::kernels {
namespace {

template <typename T>
void mul(const BinaryParams& p, const T* a, const T* b, T* output) {
  for_each_pair(p, a, b, output, [&](T x, T y) {
    return finish<T>(p, (x - p.a_zero_point) * (y - p.b_zero_point));
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
