#include "plan/offsets.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace thimble::plan {
namespace {

Buffer buffer(size_t bytes, size_t first, size_t last) {
  return {0, bytes, first, last, {}};
}

void expect_disjoint(const std::vector<Buffer>& buffers, size_t arena_bytes) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    const Buffer& a = buffers[i];
    EXPECT_EQ(a.offset % kAlignment, 0u);
    EXPECT_LE(a.offset + a.bytes, arena_bytes);
    for (size_t j = 0; j < i; ++j) {
      const Buffer& b = buffers[j];
      bool together = a.first_step <= b.last_step && b.first_step <= a.last_step;
      bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      EXPECT_FALSE(together && overlap) << "buffers " << i << " and " << j;
    }
  }
}

TEST(AssignOffsets, NothingNeedsNoArena) {
  EXPECT_EQ(assign_offsets({}), 0u);
}

TEST(AssignOffsets, ChainReusesTheMemoryOfTheDead) {
  std::vector<Buffer> buffers = {buffer(64, 0, 0), buffer(128, 0, 1), buffer(64, 1, 2)};
  EXPECT_EQ(assign_offsets(buffers), 192u);
  expect_disjoint(buffers, 192);
}

TEST(AssignOffsets, BuffersThatMeetDoNotOverlap) {
  std::vector<Buffer> buffers = {buffer(16, 0, 1), buffer(16, 1, 2)};
  EXPECT_EQ(assign_offsets(buffers), 32u);
}

TEST(AssignOffsets, RandomLifetimesNeverOverlap) {
  base::Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Buffer> buffers;
    size_t live_peak = 0;
    for (int i = 0; i < 30; ++i) {
      auto first = static_cast<size_t>(random.integer(0, 20));
      buffers.push_back(buffer(static_cast<size_t>(random.integer(1, 5000)), first,
                               first + static_cast<size_t>(random.integer(0, 5))));
    }
    for (size_t step = 0; step < 26; ++step) {
      size_t live = 0;
      for (const Buffer& b : buffers)
        if (b.first_step <= step && step <= b.last_step) live += b.bytes;
      live_peak = std::max(live_peak, live);
    }
    size_t arena_bytes = assign_offsets(buffers);
    EXPECT_GE(arena_bytes, live_peak);
    expect_disjoint(buffers, arena_bytes);
  }
}

}  // namespace
}  // namespace thimble::plan
