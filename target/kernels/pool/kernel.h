// Max and average pooling over NHWC. The padded border takes no part.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

struct PoolParams {
  int32_t batches, in_h, in_w, out_h, out_w, channels;
  int32_t filter_h, filter_w, stride_h, stride_w, pad_h, pad_w;
  int32_t min, max;            // activation range, integer variants
  float float_min, float_max;  // activation range, float variant
};

#define KERNEL(name, T) void name(const PoolParams& params, const T* input, T* output);
#define KERNEL_TEMPLATE(...)
#include "kernels/pool/kernels.inc"
#undef KERNEL
#undef KERNEL_TEMPLATE

}  // namespace thimble::kernels
