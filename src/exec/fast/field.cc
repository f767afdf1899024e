#include "exec/fast/field.h"

#include <algorithm>

namespace thimble::exec::fast {
namespace {

// A kernel reads whole vectors: at most so many elements beyond the last.
constexpr size_t kSlack = 16;

// Extent of one axis with its border, which has to hold the input and the last window.
int64_t extent(int32_t before, int32_t input, int32_t output, int32_t stride, int32_t filter,
               int32_t dilation) {
  const int64_t last = int64_t{output - 1} * stride + int64_t{filter - 1} * dilation + 1;
  return std::max(int64_t{before} + input, last);
}

}  // namespace

std::optional<Field> Field::of_window(const ops::ConvWindow& w, bool join_taps) {
  const int64_t height = extent(w.pad_h, w.in_h, w.out_h, w.stride.h, w.filter_h, w.dilation.h);
  const int64_t width = extent(w.pad_w, w.in_w, w.out_w, w.stride.w, w.filter_w, w.dilation.w);
  // Only a network made for it has more border than image; those can wait.
  constexpr int64_t kMaxSide = 1 << 14, kMaxElements = 1 << 28;
  if (height > kMaxSide || width > kMaxSide || height * width > kMaxElements / w.in_c)
    return std::nullopt;
  const auto pitch = static_cast<int32_t>(width) * w.in_c;
  Field field{.batches = w.batches,
              .in_h = w.in_h,
              .in_w = w.in_w,
              .channels = w.in_c,
              .top = w.pad_h,
              .left = w.pad_w,
              .height = static_cast<int32_t>(height),
              .width = static_cast<int32_t>(width),
              .pixels = {},
              .run_offsets = {},
              .taps_per_run = join_taps && w.dilation.w == 1 ? w.filter_w : 1,
              .taps = w.filter_h * w.filter_w};
  for (int32_t y = 0; y < w.out_h; ++y)
    for (int32_t x = 0; x < w.out_w; ++x)
      field.pixels.push_back(y * w.stride.h * pitch + x * w.stride.w * w.in_c);
  for (int32_t fy = 0; fy < w.filter_h; ++fy)
    for (int32_t fx = 0; fx < w.filter_w; fx += field.taps_per_run)
      field.run_offsets.push_back(fy * w.dilation.h * pitch + fx * w.dilation.w * w.in_c);
  return field;
}

std::optional<Field> Field::of_rows(int32_t rows, int32_t size) {
  constexpr int64_t kMaxElements = 1 << 28;
  if (int64_t{rows} * size > kMaxElements) return std::nullopt;
  Field field{.batches = 1,
              .in_h = 1,
              .in_w = rows,
              .channels = size,
              .top = 0,
              .left = 0,
              .height = 1,
              .width = rows,
              .pixels = {},
              .run_offsets = {0},
              .taps_per_run = 1,
              .taps = 1};
  for (int32_t row = 0; row < rows; ++row) field.pixels.push_back(row * size);
  return field;
}

size_t Field::in_elements() const {
  return static_cast<size_t>(in_h) * static_cast<size_t>(in_w) * static_cast<size_t>(channels);
}

size_t Field::elements() const {
  return static_cast<size_t>(height) * static_cast<size_t>(width) * static_cast<size_t>(channels) +
         kSlack;
}

}  // namespace thimble::exec::fast
