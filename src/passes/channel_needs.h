// Which lanes (see lanes.h) matter to the outputs of the network, and which must stay for the sake
// of those.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "passes/lane_contents.h"

namespace thimble::passes {

struct LaneUse {
  bool needed = false;  // its values reach an output
  bool kept = false;    // it exists: it is needed, or another lane that cannot be without it is
};

// Of a tensor, by lane.
using LaneUses = std::vector<LaneUse>;

// By tensor. At least one lane of a tensor is kept. `contents`: lane_contents of the graph.
std::vector<LaneUses> channel_needs(const ir::Graph& graph,
                                    const std::vector<LaneContents>& contents);

}  // namespace thimble::passes
