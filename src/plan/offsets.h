// Offsets in the arena for buffers with known lifetimes (dynamic storage allocation, NP-hard: a few
// greedy orders are tried and the smallest arena wins).
#pragma once

#include <cstddef>
#include <span>

#include "plan/plan.h"

namespace thimble::plan {

// Sets Buffer::offset so that buffers that live at the same step do not overlap; returns the
// arena's size. Deterministic.
size_t assign_offsets(std::span<Buffer> buffers);

}  // namespace thimble::plan
