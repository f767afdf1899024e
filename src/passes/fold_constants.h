// Executes nodes all of whose inputs are constants, once and for all. Exact: it is the operator's
// own execution.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

// The graph must pass ir::verify; nodes that their operator does not take stay as they are. So a
// frontend can use it before ops::verify: weights that are stored as float16 behind a DEQUANTIZE
// become constants, as operators want them. Nodes that write an output of the network stay, and so
// do those whose result would be absurdly large.
base::Result<ir::Graph> fold_constants(const ir::Graph& graph);

}  // namespace thimble::passes
