// A border of one value around a tensor.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

constexpr int32_t kPadDimensions = 6;

// Extents of the input, outermost first, and how many values come before and after.
template <typename T>
struct PadParams {
  int32_t extents[kPadDimensions], before[kPadDimensions], after[kPadDimensions];
  T value;
};

#define KERNEL(name, T) void name(const PadParams<T>& params, const T* input, T* output);
#include "kernels/pad/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
