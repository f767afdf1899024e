// Removes what no output of the network depends on: nodes, and tensors that no node uses.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

// Tensors keep their order but get new ids. Nodes that write state stay.
base::Result<ir::Graph> remove_unused(const ir::Graph& graph);

}  // namespace thimble::passes
