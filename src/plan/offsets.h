// Offsets in the arena for buffers with known lifetimes (dynamic storage allocation, NP-hard: each
// buffer takes the lowest place that its neighbours leave, in many orders, and the smallest arena
// wins; docs/plan.md).
#pragma once

#include <cstddef>
#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Sets Buffer::offset so that buffers that live at the same step do not overlap, but as `overlaps`
// allow; returns the arena's size. Deterministic, and bounded in work: some 10 ms.
size_t assign_offsets(std::span<Buffer> buffers, std::span<const BufferOverlap> overlaps = {});

}  // namespace thimble::plan
