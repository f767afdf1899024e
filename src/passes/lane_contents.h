// What lanes (see lanes.h) hold, as far as it does not depend on the network's input.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "passes/channel_ranges.h"

namespace thimble::passes {

enum class LaneContent {
  kVaries,
  kConstant,  // one value, whatever the input
  kZero,      // one value, which stands for the number 0
};

// Of a tensor, by lane.
using LaneContents = std::vector<LaneContent>;
using LaneConstants = std::vector<std::optional<float>>;  // nothing where the lane varies

// By tensor: the values of lanes of floats that hold one only. Empty for a tensor of anything else.
// Inputs of the network are taken to be finite. The graph must pass ops::verify.
std::vector<LaneConstants> float_constants(const ir::Graph& graph);

// By tensor, of integers and floats.
std::vector<LaneContents> lane_contents(const ir::Graph& graph,
                                        const std::vector<LaneRanges>& ranges,
                                        const std::vector<LaneConstants>& constants);

}  // namespace thimble::passes
