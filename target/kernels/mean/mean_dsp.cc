// Mean of int8 over pixels of at most two dimensions, eight channels at once: kept_strides ends
// with 1, and the outermost of the reduced loops has one step.
#include "kernels/mean/kernel.h"
#include "runtime/fixed_point.h"
#include "runtime/pixel_words.h"

namespace thimble::kernels {
namespace {

int8_t finish(const MeanParams& p, int32_t sum) {
  const int32_t scaled = fixed_point::rescale(sum + p.offset, p.multiplier, p.shift);
  const int32_t shifted = fixed_point::wrapping_add(scaled, p.output_zero_point);
  return static_cast<int8_t>(simd::saturate_s8(shifted));
}

}  // namespace

void mean_s8_dsp(const MeanParams& p, const int8_t* input, int8_t* output) {
  PixelBlock block = {input, p.reduced_extents[1], p.reduced_extents[2], p.reduced_strides[1],
                      p.reduced_strides[2]};
  block.merge_rows();
  for (int32_t i = 0; i < p.kept_extents[0]; ++i)
    for (int32_t j = 0; j < p.kept_extents[1]; ++j) {
      block.first = input + i * p.kept_strides[0] + j * p.kept_strides[1];
      int32_t left = p.kept_extents[2];
      for (; left >= 8; left -= 8, block.first += 8) {
        const EightSums sums = sum_eight(block);
        for (int32_t c = 0; c < 8; ++c) *output++ = finish(p, sums[c]);
      }
      for (; left > 0; --left, ++block.first) *output++ = finish(p, sum_one(block));
    }
}

}  // namespace thimble::kernels
