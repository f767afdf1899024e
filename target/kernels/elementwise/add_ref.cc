// Portable element-wise addition.
#include "kernels/elementwise/binary.h"

namespace thimble::kernels {
namespace {

template <typename T>
void add(const BinaryParams& p, const T* a, const T* b, T* output) {
  combine_scaled(p, a, b, output, [](int32_t x, int32_t y) { return x + y; });
}

}  // namespace

void add_s8_ref(const BinaryParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  add(p, a, b, output);
}

void add_s16_ref(const BinaryParams& p, const int16_t* a, const int16_t* b, int16_t* output) {
  add(p, a, b, output);
}

void add_f32_ref(const BinaryParams& p, const float* a, const float* b, float* output) {
  for_each_pair(p, a, b, output, [&](float x, float y) { return clamp(p, x + y); });
}

}  // namespace thimble::kernels
