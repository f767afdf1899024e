#include "ops/window_overlap.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace thimble::ops {
namespace {

constexpr int64_t kNothing = std::numeric_limits<int64_t>::max();

// The lowest position inside the input that a window reads on one axis, or kNothing.
int64_t lowest_tap(int64_t first, int32_t taps, int32_t dilation, int32_t extent) {
  const int64_t skipped = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
  const int64_t position = first + skipped * dilation;
  return skipped < taps && position < extent ? position : kNothing;
}

// Goes over the output from its end to its beginning, so that what is still to be read is known.
class BackwardWalk {
 public:
  BackwardWalk(const WindowWalk& walk, WindowReads reads)
      : walk_(walk),
        reads_(reads),
        in_pixel_bytes_(int64_t{walk.in_c} * walk.in_element_bytes),
        in_image_bytes_(int64_t{walk.in_h} * walk.in_w * in_pixel_bytes_),
        lead_(-walk.batches * in_image_bytes_) {}

  int64_t lead(int32_t block) {
    const int64_t pixels = int64_t{walk_.out_h} * walk_.out_w;
    for (int64_t image = walk_.batches - 1; image >= 0; --image)
      for (int64_t pixel = pixels - 1; pixel >= 0; --pixel) {
        const bool ends_block = (pixel + 1) % block == 0 || pixel + 1 == pixels;
        if (ends_block) still_to_read_ = std::min(still_to_read_, unfinished_);
        visit(image, pixel, image * pixels + pixel, ends_block);
      }
    return lead_;
  }

 private:
  void visit(int64_t image, int64_t pixel, int64_t index, bool ends_block) {
    const int64_t lowest = lowest_byte(image, pixel);
    const int64_t begin = index * walk_.out_c;
    if (ends_block) written_up_to(begin + walk_.out_c, still_to_read_);
    if (reads_ != WindowReads::kBlock && lowest != kNothing)
      for (int32_t c = 1; c < walk_.out_c; ++c)
        written_up_to(begin + c, std::min(still_to_read_, lowest + channel_byte(c)));
    unfinished_ = std::min(unfinished_, lowest);
  }

  // Once `elements` outputs are written, bytes from `needed` on must be intact.
  void written_up_to(int64_t elements, int64_t needed) {
    if (needed != kNothing) lead_ = std::max(lead_, elements * walk_.out_element_bytes - needed);
  }

  int64_t channel_byte(int32_t output_channel) const {
    if (reads_ == WindowReads::kWindow) return 0;
    return int64_t{output_channel} * walk_.in_c / walk_.out_c * walk_.in_element_bytes;
  }

  int64_t lowest_byte(int64_t image, int64_t pixel) const {
    const int64_t first_y = pixel / walk_.out_w * walk_.stride.h - walk_.pad_h;
    const int64_t first_x = pixel % walk_.out_w * walk_.stride.w - walk_.pad_w;
    const int64_t y = lowest_tap(first_y, walk_.filter_h, walk_.dilation.h, walk_.in_h);
    const int64_t x = lowest_tap(first_x, walk_.filter_w, walk_.dilation.w, walk_.in_w);
    if (y == kNothing || x == kNothing) return kNothing;
    return image * in_image_bytes_ + (y * walk_.in_w + x) * in_pixel_bytes_;
  }

  const WindowWalk& walk_;
  const WindowReads reads_;
  const int64_t in_pixel_bytes_, in_image_bytes_;
  int64_t lead_;
  int64_t unfinished_ = kNothing;     // lowest byte that visited pixels read
  int64_t still_to_read_ = kNothing;  // the same for the blocks after the one being visited
};

}  // namespace

WindowWalk walk_of(const ConvWindow& w, int32_t in_element_bytes, int32_t out_element_bytes) {
  return {.batches = w.batches,
          .in_h = w.in_h,
          .in_w = w.in_w,
          .in_c = w.in_c,
          .out_h = w.out_h,
          .out_w = w.out_w,
          .out_c = w.out_c,
          .filter_h = w.filter_h,
          .filter_w = w.filter_w,
          .pad_h = w.pad_h,
          .pad_w = w.pad_w,
          .stride = w.stride,
          .dilation = w.dilation,
          .in_element_bytes = in_element_bytes,
          .out_element_bytes = out_element_bytes};
}

int64_t lead_of_window_walk(const WindowWalk& walk, WindowReads reads, int32_t block) {
  CHECK(block == 1 || (reads == WindowReads::kBlock && block > 1), "block of {}", block);
  const int64_t pixels = int64_t{walk.batches} * walk.out_h * walk.out_w;
  const int64_t steps = reads == WindowReads::kBlock ? pixels : pixels * walk.out_c;
  if (steps > kMostWalkSteps) return pixels * walk.out_c * walk.out_element_bytes;
  return BackwardWalk(walk, reads).lead(block);
}

}  // namespace thimble::ops
