// Where the outputs of a layer look in its input: an image with a border wide enough that no window
// leaves it, the offset of every output pixel in it, and the runs of elements that a window reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "exec/fast/kernels.h"
#include "ops/conv_window.h"

namespace thimble::exec::fast {

struct Field {
  int32_t batches, in_h, in_w, channels;
  int32_t top, left, height, width;  // the border, and the image with it
  std::vector<int32_t> pixels;       // of one batch, row by row: offsets of elements
  std::vector<int32_t> run_offsets;
  int32_t taps_per_run, taps;

  // Adjacent taps of a row make one run if `join_taps` and they are not dilated. Nothing when the
  // border would be out of all proportion.
  static std::optional<Field> of_window(const ops::ConvWindow& window, bool join_taps);

  // `rows` rows of `size` elements, each of which gives one output pixel.
  static std::optional<Field> of_rows(int32_t rows, int32_t size);

  // Elements of the image with its border, and some more that kernels may read.
  size_t elements() const;
  size_t in_elements() const;  // of one batch
  Runs runs(size_t length) const { return {run_offsets.data(), run_offsets.size(), length}; }

  // Copies one batch into `image`: `copy_row(from, count, to)` is called for every row, the border
  // is zero.
  template <typename In, typename Element, typename CopyRow>
  void fill(const In* in, Element* image, CopyRow copy_row) const;
};

template <typename In, typename Element, typename CopyRow>
void Field::fill(const In* in, Element* image, CopyRow copy_row) const {
  if (width == in_w && height == in_h) {
    copy_row(in, in_elements(), image);
    std::fill(image + in_elements(), image + elements(), Element{});
    return;
  }
  const auto row = static_cast<size_t>(in_w) * static_cast<size_t>(channels);
  const auto pitch = static_cast<size_t>(width) * static_cast<size_t>(channels);
  const auto before = static_cast<size_t>(left) * static_cast<size_t>(channels);
  Element* const end = image + elements();
  Element* to = image + static_cast<size_t>(top) * pitch;
  std::fill(image, to, Element{});
  for (int32_t y = 0; y < in_h; ++y, in += row, to += pitch) {
    std::fill(to, to + before, Element{});
    copy_row(in, row, to + before);
    std::fill(to + before + row, to + pitch, Element{});
  }
  std::fill(to, end, Element{});
}

}  // namespace thimble::exec::fast
