#include "ops/window_overlap.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace thimble::ops {
namespace {

struct Access {
  bool is_write;
  int64_t byte, bytes;  // in the input or the output
};

// Every access of a kernel, in the order that `reads` and `block` promise.
std::vector<Access> accesses_of(const WindowWalk& w, WindowReads reads, int32_t block) {
  std::vector<Access> accesses;
  auto read = [&](int32_t n, int32_t pixel, int32_t first_channel, int32_t channels) {
    for (int32_t fy = 0; fy < w.filter_h; ++fy)
      for (int32_t fx = 0; fx < w.filter_w; ++fx) {
        const int32_t y = pixel / w.out_w * w.stride.h - w.pad_h + fy * w.dilation.h;
        const int32_t x = pixel % w.out_w * w.stride.w - w.pad_w + fx * w.dilation.w;
        if (y < 0 || y >= w.in_h || x < 0 || x >= w.in_w) continue;
        const int64_t element = ((int64_t{n} * w.in_h + y) * w.in_w + x) * w.in_c + first_channel;
        accesses.push_back({false, element * w.in_element_bytes, channels * w.in_element_bytes});
      }
  };
  auto write = [&](int32_t n, int32_t pixel, int32_t channel) {
    const int64_t element = (int64_t{n} * w.out_h * w.out_w + pixel) * w.out_c + channel;
    accesses.push_back({true, element * w.out_element_bytes, w.out_element_bytes});
  };
  const int32_t pixels = w.out_h * w.out_w;
  for (int32_t n = 0; n < w.batches; ++n)
    for (int32_t first = 0; first < pixels; first += block) {
      const int32_t end = std::min(first + block, pixels);
      if (reads == WindowReads::kBlock)
        for (int32_t pixel = first; pixel < end; ++pixel) read(n, pixel, 0, w.in_c);
      for (int32_t pixel = first; pixel < end; ++pixel)
        for (int32_t c = 0; c < w.out_c; ++c) {
          if (reads == WindowReads::kWindow) read(n, pixel, 0, w.in_c);
          if (reads == WindowReads::kOwnChannel) read(n, pixel, c * w.in_c / w.out_c, 1);
          write(n, pixel, c);
        }
    }
  return accesses;
}

// Whether every read finds its input unharmed when the output begins `lead` bytes below the input.
bool is_safe(const std::vector<Access>& accesses, int64_t input_bytes, int64_t lead) {
  std::vector<bool> overwritten(static_cast<size_t>(input_bytes));
  for (const Access& access : accesses)
    for (int64_t i = 0; i < access.bytes; ++i) {
      const int64_t byte = access.byte + i - (access.is_write ? lead : 0);
      if (access.is_write) {
        if (byte >= 0 && byte < input_bytes) overwritten[static_cast<size_t>(byte)] = true;
      } else if (overwritten[static_cast<size_t>(byte)]) {
        return false;
      }
    }
  return true;
}

TEST(LeadOfWindowWalk, IsTheSmallestThatIsSafe) {
  base::Random random(11);
  auto draw = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  for (int round = 0; round < 3000; ++round) {
    WindowWalk w;
    w.batches = draw(1, 2);
    w.filter_h = draw(1, 3), w.filter_w = draw(1, 3);
    w.stride = {draw(1, 3), draw(1, 3)}, w.dilation = {draw(1, 2), draw(1, 2)};
    w.in_h = draw(1, 6), w.in_w = draw(1, 6), w.in_c = draw(1, 4);
    const Padding padding = draw(0, 1) ? Padding::kSame : Padding::kValid;
    const WindowAxis rows = window_axis(padding, w.in_h, w.filter_h, w.stride.h, w.dilation.h);
    const WindowAxis columns = window_axis(padding, w.in_w, w.filter_w, w.stride.w, w.dilation.w);
    if (rows.output == 0 || columns.output == 0) continue;
    w.out_h = rows.output, w.pad_h = rows.pad_before;
    w.out_w = columns.output, w.pad_w = columns.pad_before;
    w.in_element_bytes = 1 << draw(0, 2), w.out_element_bytes = 1 << draw(0, 2);
    const auto reads = static_cast<WindowReads>(draw(0, 2));
    const bool by_channel = reads == WindowReads::kOwnChannel;
    w.out_c = by_channel ? w.in_c * draw(1, 2) : draw(1, 5);
    const int32_t block = reads == WindowReads::kBlock ? draw(1, 4) : 1;

    const int64_t lead = lead_of_window_walk(w, reads, block);
    const int64_t input_bytes = int64_t{w.batches} * w.in_h * w.in_w * w.in_c * w.in_element_bytes;
    const std::vector<Access> accesses = accesses_of(w, reads, block);
    for (int64_t farther : {0, 1, 2, 7, 64})
      EXPECT_TRUE(is_safe(accesses, input_bytes, lead + farther)) << "round " << round;
    if (lead > -input_bytes)
      EXPECT_FALSE(is_safe(accesses, input_bytes, lead - 1)) << "round " << round;
    else
      EXPECT_EQ(lead, -input_bytes);
  }
}

// A kernel that reads a pixel before it writes it, with as many bytes, works in place.
TEST(LeadOfWindowWalk, OfAPointwiseConvolutionIsNone) {
  const WindowWalk walk = {.in_h = 4,
                           .in_w = 4,
                           .in_c = 8,
                           .out_h = 4,
                           .out_w = 4,
                           .out_c = 8,
                           .filter_h = 1,
                           .filter_w = 1,
                           .pad_h = 0,
                           .pad_w = 0};
  EXPECT_EQ(lead_of_window_walk(walk, WindowReads::kBlock), 0);
  EXPECT_EQ(lead_of_window_walk(walk, WindowReads::kWindow), 7);
}

TEST(LeadOfWindowWalk, OfAWalkThatIsTooLongIsTheOutputsSize) {
  WindowWalk walk = {.in_h = 40'000,
                     .in_w = 50'000,
                     .in_c = 1,
                     .out_h = 40'000,
                     .out_w = 50'000,
                     .out_c = 1,
                     .filter_h = 1,
                     .filter_w = 1,
                     .pad_h = 0,
                     .pad_w = 0};
  EXPECT_EQ(lead_of_window_walk(walk, WindowReads::kWindow), 2'000'000'000);
  walk.out_element_bytes = 4;
  EXPECT_EQ(lead_of_window_walk(walk, WindowReads::kBlock, 2), 8'000'000'000);
}

}  // namespace
}  // namespace thimble::ops
