// The mean over some dimensions.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

constexpr int32_t kMeanLoops = 3;

struct MeanParams {
  // Loops over the outputs, and inside over the elements of one mean; outermost first, strides in
  // elements of the input.
  int32_t kept_extents[kMeanLoops], kept_strides[kMeanLoops];
  int32_t reduced_extents[kMeanLoops], reduced_strides[kMeanLoops];

  // Integer variants: (sum + offset) times the factor multiplier * 2^(shift - 31), see
  // runtime/fixed_point.h, plus the zero point.
  int32_t offset, multiplier, shift, output_zero_point;

  float count;  // elements of one mean, float variant
};

#define KERNEL(name, T) void name(const MeanParams& params, const T* input, T* output);
#include "kernels/mean/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
