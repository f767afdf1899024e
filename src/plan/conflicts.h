// Which buffers are in each other's way, and at which distances.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/plan.h"

namespace thimble::plan {

// Distances between the offsets of two buffers that are not allowed: those strictly in between.
struct Forbidden {
  int64_t above, below;
  bool operator==(const Forbidden&) const = default;
};

struct Neighbour {
  size_t buffer;
  std::vector<Forbidden> distances;  // from the neighbour's offset to the buffer's; one or two
};

// By buffer: the others that live at the same time as it.
std::vector<std::vector<Neighbour>> find_neighbours(std::span<const Buffer> buffers,
                                                    std::span<const BufferOverlap> overlaps);

// What any plan needs during `step`: the bytes of all buffers that live then, those that can be
// shared counted once.
size_t least_bytes(std::span<const Buffer> buffers, std::span<const BufferOverlap> overlaps,
                   size_t step);

}  // namespace thimble::plan
