// RELU and RELU6 become the fused activation of the layer before. Exact: integers fold only when
// the RELU does not rescale, so that both clamps are one.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

base::Result<ir::Graph> fold_activations(const ir::Graph& graph);

}  // namespace thimble::passes
