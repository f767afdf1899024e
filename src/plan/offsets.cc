#include "plan/offsets.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace thimble::plan {
namespace {

size_t align_up(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

bool live_together(const Buffer& a, const Buffer& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

// Each buffer in `order` goes to the lowest gap that is free for its whole life.
size_t place_in_order(std::span<Buffer> buffers, std::span<const size_t> order) {
  std::vector<size_t> placed;  // by offset
  size_t arena_bytes = 0;
  for (size_t index : order) {
    Buffer& buffer = buffers[index];
    size_t offset = 0;
    for (size_t other : placed) {
      const Buffer& neighbour = buffers[other];
      if (!live_together(buffer, neighbour)) continue;
      if (offset + buffer.bytes <= neighbour.offset) break;
      offset = std::max(offset, align_up(neighbour.offset + neighbour.bytes));
    }
    buffer.offset = offset;
    auto position =
        std::ranges::upper_bound(placed, offset, {}, [&](size_t i) { return buffers[i].offset; });
    placed.insert(position, index);
    arena_bytes = std::max(arena_bytes, offset + buffer.bytes);
  }
  return align_up(arena_bytes);
}

}  // namespace

size_t assign_offsets(std::span<Buffer> buffers) {
  std::vector<size_t> by_age(buffers.size());
  std::iota(by_age.begin(), by_age.end(), size_t{0});
  auto lifetime = [&](size_t i) { return buffers[i].last_step - buffers[i].first_step; };

  std::vector<size_t> by_size = by_age;
  std::ranges::stable_sort(by_size, std::greater{}, [&](size_t i) { return buffers[i].bytes; });
  std::vector<size_t> by_area = by_age;
  std::ranges::stable_sort(by_area, std::greater{},
                           [&](size_t i) { return buffers[i].bytes * (lifetime(i) + 1); });
  std::vector<size_t> by_lifetime = by_size;
  std::ranges::stable_sort(by_lifetime, std::greater{}, lifetime);

  size_t best = SIZE_MAX;
  std::vector<size_t> best_offsets;
  for (const auto& order : {by_size, by_area, by_lifetime, by_age}) {
    size_t arena_bytes = place_in_order(buffers, order);
    if (arena_bytes >= best) continue;
    best = arena_bytes;
    best_offsets.clear();
    for (const Buffer& buffer : buffers) best_offsets.push_back(buffer.offset);
  }
  for (size_t i = 0; i < buffers.size(); ++i) buffers[i].offset = best_offsets[i];
  return buffers.empty() ? 0 : best;
}

}  // namespace thimble::plan
