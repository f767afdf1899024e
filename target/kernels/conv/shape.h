// Geometry of a convolution over NHWC: shared by conv, depthwise and transpose_conv.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

// Extent: int32_t, or uint16_t where a lowering makes sure that everything fits.
template <typename Extent>
struct UndilatedConvShape {
  Extent batches, in_h, in_w, in_c, out_h, out_w, out_c;
  Extent filter_h, filter_w, stride_h, stride_w;
  Extent pad_h, pad_w;  // rows above and columns to the left
};

struct ConvShape : UndilatedConvShape<int32_t> {
  int32_t dilation_h, dilation_w;
};

// The input position that the first tap of output position `out` reads.
template <typename Extent>
inline int32_t first_row(const UndilatedConvShape<Extent>& s, int32_t out) {
  return out * s.stride_h - s.pad_h;
}
template <typename Extent>
inline int32_t first_column(const UndilatedConvShape<Extent>& s, int32_t out) {
  return out * s.stride_w - s.pad_w;
}

// The input position that tap `tap` of output position `out` reads; outside [0, in) is padding.
inline int32_t input_row(const ConvShape& s, int32_t out, int32_t tap) {
  return first_row(s, out) + tap * s.dilation_h;
}
inline int32_t input_column(const ConvShape& s, int32_t out, int32_t tap) {
  return first_column(s, out) + tap * s.dilation_w;
}

inline bool is_inside(int32_t position, int32_t extent) {
  return static_cast<uint32_t>(position) < static_cast<uint32_t>(extent);
}

// Elements of one image.
template <typename Extent>
inline int32_t input_size(const UndilatedConvShape<Extent>& s) {
  return s.in_h * s.in_w * s.in_c;
}
template <typename Extent>
inline int32_t output_size(const UndilatedConvShape<Extent>& s) {
  return s.out_h * s.out_w * s.out_c;
}

}  // namespace thimble::kernels
