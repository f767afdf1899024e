// Lets the caller pass and get integers: removes a QUANTIZE of a float input and a DEQUANTIZE to a
// float output, whose integer tensors become input and output of the network.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

// An input stays float when anything else reads it.
base::Result<ir::Graph> use_integer_edges(const ir::Graph& graph);

}  // namespace thimble::passes
