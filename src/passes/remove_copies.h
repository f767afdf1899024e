// Removes nodes that only copy: a RESHAPE to the same shape, a RESHAPE of a RESHAPE, a QUANTIZE to
// the same numbers, a DEQUANTIZE and QUANTIZE that lead back to them. Exact.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

base::Result<ir::Graph> remove_copies(const ir::Graph& graph);

}  // namespace thimble::passes
