#include "plan/conflicts.h"

#include <algorithm>
#include <map>

namespace thimble::plan {
namespace {

bool is_live(const Buffer& buffer, size_t step) {
  return buffer.first_step <= step && step <= buffer.last_step;
}

bool live_together(const Buffer& a, const Buffer& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

// From `fixed` to `moved`, when nothing may be shared.
Forbidden beside(const Buffer& fixed, const Buffer& moved) {
  return {-static_cast<int64_t>(moved.bytes), static_cast<int64_t>(fixed.bytes)};
}

// From the overlap's input to its output.
std::vector<Forbidden> forbidden(const BufferOverlap& overlap, const Buffer& input,
                                 const Buffer& output) {
  const Forbidden apart = beside(input, output);
  const int64_t closest = -overlap.lead_bytes;
  if (closest <= apart.above || closest >= apart.below) {
    // At that distance the two lie beside each other, or the output may begin anywhere.
    if (overlap.exact || closest <= apart.above) return {apart};
    return {};
  }
  if (overlap.exact) return {{apart.above, closest}, {closest, apart.below}};
  return {{closest, apart.below}};
}

std::vector<Forbidden> mirrored(const std::vector<Forbidden>& distances) {
  std::vector<Forbidden> result;
  for (const Forbidden& d : distances) result.push_back({-d.below, -d.above});
  return result;
}

}  // namespace

std::vector<std::vector<Neighbour>> find_neighbours(std::span<const Buffer> buffers,
                                                    std::span<const BufferOverlap> overlaps) {
  std::map<std::pair<size_t, size_t>, const BufferOverlap*> by_pair;
  for (const BufferOverlap& overlap : overlaps)
    by_pair[std::minmax(overlap.input, overlap.output)] = &overlap;
  std::vector<std::vector<Neighbour>> neighbours(buffers.size());
  for (size_t a = 0; a < buffers.size(); ++a)
    for (size_t b = a + 1; b < buffers.size(); ++b) {
      if (!live_together(buffers[a], buffers[b])) continue;
      std::vector<Forbidden> from_a = {beside(buffers[a], buffers[b])};
      if (auto found = by_pair.find({a, b}); found != by_pair.end()) {
        const BufferOverlap& overlap = *found->second;
        from_a = forbidden(overlap, buffers[overlap.input], buffers[overlap.output]);
        if (overlap.input == b) from_a = mirrored(from_a);
      }
      neighbours[a].push_back({b, mirrored(from_a)});
      neighbours[b].push_back({a, std::move(from_a)});
    }
  return neighbours;
}

size_t least_bytes(std::span<const Buffer> buffers, std::span<const BufferOverlap> overlaps,
                   size_t step) {
  size_t bytes = 0;
  for (const Buffer& buffer : buffers)
    if (is_live(buffer, step)) bytes += buffer.bytes;
  // Output and input together are as long as both, or as their overlap makes them. Whoever takes
  // part in several overlaps can share no more than its own length.
  std::map<size_t, size_t> shared_by_input, shared_by_output;
  for (const BufferOverlap& overlap : overlaps) {
    const Buffer& input = buffers[overlap.input];
    const Buffer& output = buffers[overlap.output];
    if (!is_live(output, step) || !is_live(input, step)) continue;
    const size_t lead = static_cast<size_t>(std::max<int64_t>(overlap.lead_bytes, 0));
    const size_t together = std::max(output.bytes, input.bytes + lead);
    const size_t apart = input.bytes + output.bytes;
    shared_by_input[overlap.input] += apart - std::min(apart, together);
    shared_by_output[overlap.output] += apart - std::min(apart, together);
  }
  auto total = [&](const std::map<size_t, size_t>& shared) {
    size_t sum = 0;
    for (const auto& [buffer, share] : shared) sum += std::min(share, buffers[buffer].bytes);
    return sum;
  };
  bytes -= std::min(total(shared_by_input), total(shared_by_output));
  return bytes;
}

}  // namespace thimble::plan
