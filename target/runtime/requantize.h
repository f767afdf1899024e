// From a sum to an output element: add the bias; integers are rescaled, shifted by the zero point
// and clamped, floats clamped.
#pragma once

#include <stdint.h>

#include "runtime/fixed_point.h"

namespace thimble::kernels {

// Part of the parameters of every integer multiply-accumulate kernel. The factor of channel c is
// multipliers[c] * 2^(shifts[c] - 31), see fixed_point.h.
struct Requantization {
  const int32_t* multipliers;
  const int8_t* shifts;
  int32_t output_zero_point;
  int32_t min, max;  // of the output element
};

// Sum: int32_t, or int64_t for wide sums.
template <typename Sum>
inline int32_t requantize(const Requantization& r, Sum sum, int32_t channel) {
  const int32_t scaled = fixed_point::rescale(sum, r.multipliers[channel], r.shifts[channel]);
  return fixed_point::clamp(fixed_point::wrapping_add(scaled, r.output_zero_point), r.min, r.max);
}

// The same part of float kernels: the range of the fused activation.
struct FloatRange {
  float float_min, float_max;
};

inline float clamp(const FloatRange& range, float x) {
  return x < range.float_min ? range.float_min : x > range.float_max ? range.float_max : x;
}

inline int32_t as_signed(uint32_t sum) {
  return static_cast<int32_t>(sum);
}
inline int64_t as_signed(int64_t sum) {
  return sum;
}

// What the portable kernels do with a sum: add the bias, rescale, write. Params is a Requantization
// with a member `bias`.
template <typename Params, typename Out>
auto store_requantized(const Params& p, Out* output) {
  return [&p, output](int32_t index, int32_t channel, auto sum) {
    sum += static_cast<decltype(sum)>(p.bias[channel]);
    output[index] = static_cast<Out>(requantize(p, as_signed(sum), channel));
  };
}

// The same for float kernels, where `bias` may be null.
template <typename Params>
auto store_clamped(const Params& p, float* output) {
  return [&p, output](int32_t index, int32_t channel, float sum) {
    if (p.bias) sum += p.bias[channel];
    output[index] = clamp(p, sum);
  };
}

}  // namespace thimble::kernels
