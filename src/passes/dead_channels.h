// Removes channels that are constant whatever the input, or that nothing reads.
//
// A constant channel goes into the bias of the layers that read it. Where that is not exact (some
// taps fall into padding, which is not the constant) it stays. Outputs of integers are identical;
// floats differ by the rounding of their sums.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

base::Result<ir::Graph> remove_dead_channels(const ir::Graph& graph);

}  // namespace thimble::passes
