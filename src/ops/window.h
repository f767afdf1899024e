// Sliding windows of convolutions and poolings: padding scheme, stride, dilation.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::ops {

enum class Padding { kSame, kValid };

struct Stride {
  int32_t h = 1, w = 1;
};

// Reads "padding" ("same" or "valid") and positive "stride_h", "stride_w" (and "dilation_h/w").
base::Result<Padding> read_padding(const ir::Node& node);
base::Result<Stride> read_stride(const ir::Node& node);
base::Result<Stride> read_dilation(const ir::Node& node);

// One spatial axis of a window.
struct WindowAxis {
  int32_t output;      // output extent; 0 when the window does not fit
  int32_t pad_before;  // positions of padding before the first input element
};

// SAME: output = ceil(input / stride), padding split with the odd one after. VALID: no padding.
WindowAxis window_axis(Padding padding, int32_t input, int32_t kernel, int32_t stride,
                       int32_t dilation = 1);

// A given number of positions of padding before and after.
WindowAxis explicit_window_axis(int32_t input, int32_t before, int32_t after, int32_t kernel,
                                int32_t stride, int32_t dilation);

// Positions of the window on one axis must stay within int32, in the executor and in the kernels.
// Errors: kLimit.
base::Result<> check_reach(int32_t input, int32_t kernel, int32_t dilation = 1);

}  // namespace thimble::ops
