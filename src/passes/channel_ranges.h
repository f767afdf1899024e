// Which values a lane (see lanes.h) can have, whatever the input of the network: intervals, from
// the inputs on through the actual weights and every rounding and clamp of the operators.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "passes/mac_node.h"

namespace thimble::passes {

struct Range {
  int64_t min, max;

  bool is_single() const { return min == max; }
  bool operator==(const Range&) const = default;
};

// Of a tensor, by lane; over all its elements of the lane. Empty: nothing is known (for
// floats see lane_contents.h).
using LaneRanges = std::vector<Range>;

// By tensor. Tensors that no node uses may be empty. The graph must pass ops::verify.
std::vector<LaneRanges> channel_ranges(const ir::Graph& graph);

// The sums, bias included, that one output lane can have at the output pixels whose taps lie in
// `row` and `column`. `input`: the ranges of the input.
Range sum_range(const MacNode& mac, int32_t out, const LaneRanges& input, TapInterval row,
                TapInterval column);

}  // namespace thimble::passes
