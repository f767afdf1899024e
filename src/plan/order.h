// The order of execution that needs the least memory.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "plan/plan.h"

namespace thimble::plan {

// Positions in `steps` (which must be an order in which they can be executed), in the order of
// execution whose largest step needs the fewest live bytes, overlaps counted once. Exact for
// networks with few branches at a time; for others the most promising orders are followed. The
// order as given when none is better or the search would take seconds. Nodes that share state keep
// their order. Deterministic.
std::vector<size_t> find_order(const ir::Graph& graph, std::span<const Step> steps);

}  // namespace thimble::plan
