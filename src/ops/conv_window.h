// Geometry of CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV over NHWC tensors.
#pragma once

#include "ops/mac_layer.h"
#include "ops/window.h"

namespace thimble::ops {

struct ConvWindow {
  int32_t batches, in_h, in_w, in_c, out_h, out_w, out_c;
  int32_t filter_h, filter_w, pad_h, pad_w;
  Stride stride, dilation;

  // Reads the attributes padding, stride_* and, for a convolution, dilation_*. The weights have
  // height and width in dimensions 1 and 2. Errors: kMalformed when the window does not fit.
  // Besides "same" and "valid" the padding of a convolution may be "explicit" (passes make it):
  // attribute "pads", positions above, below, left and right of the image.
  static base::Result<ConvWindow> of_convolution(const ir::Node& node, const MacLayer& layer);

  // The other way round: a convolution of this window would read [N, out_h, out_w, C] and write
  // `layer.input`. Errors: kMalformed when the two do not match.
  static base::Result<ConvWindow> of_transposed(const ir::Node& node, const MacLayer& layer,
                                                int32_t out_h, int32_t out_w);

  uint64_t output_pixels() const {
    return static_cast<uint64_t>(batches) * static_cast<uint64_t>(out_h) *
           static_cast<uint64_t>(out_w);
  }
  uint64_t taps() const {
    return static_cast<uint64_t>(filter_h) * static_cast<uint64_t>(filter_w);
  }

  // The fields of the kernels' ConvShape, or of its part without dilation.
  void add_fields(KernelCall& call) const;
  void add_undilated_fields(KernelCall& call) const;

  // Calls f(output pixel index, y, x) for one batch.
  template <typename F>
  void for_each_pixel(F f) const {
    for (int32_t y = 0; y < out_h; ++y)
      for (int32_t x = 0; x < out_w; ++x) f(int64_t{y} * out_w + x, y, x);
  }

  // Calls f(input pixel index, tap index) for every tap of the output pixel (y, x) that lies inside
  // the input; both within one batch.
  template <typename F>
  void for_each_tap(int32_t y, int32_t x, F f) const {
    for (int32_t fy = 0; fy < filter_h; ++fy) {
      const int32_t in_y = y * stride.h - pad_h + fy * dilation.h;
      if (in_y < 0 || in_y >= in_h) continue;
      for (int32_t fx = 0; fx < filter_w; ++fx) {
        const int32_t in_x = x * stride.w - pad_w + fx * dilation.w;
        if (in_x < 0 || in_x >= in_w) continue;
        f(int64_t{in_y} * in_w + in_x, int64_t{fy} * filter_w + fx);
      }
    }
  }

  // The same for a transposed convolution: input pixels whose window covers the output pixel.
  template <typename F>
  void for_each_transposed_tap(int32_t y, int32_t x, F f) const {
    for (int32_t fy = 0; fy < filter_h; ++fy) {
      const int32_t down = y + pad_h - fy;
      if (down < 0 || down % stride.h != 0 || down / stride.h >= in_h) continue;
      for (int32_t fx = 0; fx < filter_w; ++fx) {
        const int32_t right = x + pad_w - fx;
        if (right < 0 || right % stride.w != 0 || right / stride.w >= in_w) continue;
        f(int64_t{down / stride.h} * in_w + right / stride.w, int64_t{fy} * filter_w + fx);
      }
    }
  }
};

}  // namespace thimble::ops
