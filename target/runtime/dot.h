// The inner loop of the portable kernels.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

// How two elements are multiplied: integers in 32 bits, floats as they are.
template <typename T>
struct Factor {
  using Type = int32_t;
};
template <>
struct Factor<float> {
  using Type = float;
};

// Sum of a[i] * b[i]. 32-bit integer sums are uint32_t, so that they wrap around.
template <typename Sum, typename A, typename B>
inline Sum dot(const A* a, const B* b, int32_t count) {
  using F = typename Factor<A>::Type;
  Sum sum{};
  for (int32_t i = 0; i < count; ++i)
    sum += static_cast<Sum>(static_cast<F>(a[i]) * static_cast<F>(b[i]));
  return sum;
}

// Sum of value * b[i]: what a tap in the padding contributes.
template <typename Sum, typename A, typename B>
inline Sum dot_constant(A value, const B* b, int32_t count) {
  using F = typename Factor<A>::Type;
  Sum sum{};
  for (int32_t i = 0; i < count; ++i)
    sum += static_cast<Sum>(static_cast<F>(value) * static_cast<F>(b[i]));
  return sum;
}

}  // namespace thimble::kernels
