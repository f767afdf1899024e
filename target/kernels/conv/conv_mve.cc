// int8 convolution with Helium: what a pixel reads is one row of bytes, which four channels
// multiply at once. A pixel's row is the input itself where the filter is one tap, else a copy.
#include "kernels/conv/kernel.h"
#include "runtime/helium.h"

namespace thimble::kernels {
namespace {

// The inputs of the output pixel (y, x), in the weights' order.
void gather(const ConvS8Params& p, const int8_t* image, int32_t y, int32_t x, int8_t* to) {
  for (int32_t fy = 0; fy < p.filter_h; ++fy) {
    const int32_t row = input_row(p, y, fy), first = input_column(p, x, 0);
    const bool whole_row =
        is_inside(row, p.in_h) && p.dilation_w == 1 && first >= 0 && first + p.filter_w <= p.in_w;
    if (whole_row) {
      copy_by_vectors(image + (row * p.in_w + first) * p.in_c, p.filter_w * p.in_c, to);
      to += p.filter_w * p.in_c;
      continue;
    }
    for (int32_t fx = 0; fx < p.filter_w; ++fx, to += p.in_c) {
      const int32_t column = input_column(p, x, fx);
      if (is_inside(row, p.in_h) && is_inside(column, p.in_w))
        copy_by_vectors(image + (row * p.in_w + column) * p.in_c, p.in_c, to);
      else
        fill_by_vectors(p.input_zero_point, p.in_c, to);
    }
  }
}

}  // namespace

void conv_s8_mve(const ConvS8Params& p, const int8_t* input, int8_t* output, uint8_t* scratch) {
  auto* copy = reinterpret_cast<int8_t*>(scratch);
  const int32_t count = p.filter_h * p.filter_w * p.in_c;
  const bool is_one_tap = p.filter_h * p.filter_w == 1 && p.pad_h == 0 && p.pad_w == 0;
  for (int32_t n = 0; n < p.batches; ++n, input += input_size(p))
    for (int32_t y = 0; y < p.out_h; ++y)
      for (int32_t x = 0; x < p.out_w; ++x, output += p.out_c) {
        const int8_t* row = copy;
        if (is_one_tap)
          row = input + (y * p.stride_h * p.in_w + x * p.stride_w) * p.in_c;
        else
          gather(p, input, y, x, copy);
        multiply_channels(p, p.bias, p.weights, p.out_c, row, count, output);
      }
}

}  // namespace thimble::kernels
