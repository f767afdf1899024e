// Moving elements without changing them.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

constexpr int32_t kCopyLoops = 6;

// Output element (i0, i1, ...) is input[offset + i0 * strides[0] + i1 * strides[1] + ...];
// outermost first, extents of unused outer loops are 1.
struct StridedCopyParams {
  int32_t offset;
  int32_t extents[kCopyLoops], strides[kCopyLoops];
};

// `blocks` runs of `block` elements go to output_offset, output_offset + output_step, ...
struct BlockCopyParams {
  int32_t blocks, block, output_step, output_offset;
};

// A whole tensor, or rows of one, whose bytes are whole words and begin at a multiple of four. The
// output may begin at or below the input.
struct WordCopyParams {
  int32_t words;
};

#define KERNEL(name, Params, T) void name(const Params& params, const T* input, T* output);
#include "kernels/copy/kernels.inc"
#undef KERNEL

}  // namespace thimble::kernels
