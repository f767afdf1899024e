// What is left of a batch normalization after a float layer, MUL, ADD or SUB with one constant per
// channel, goes into its weights and bias. Floats only, where it changes roundings; integers would
// lose one.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

base::Result<ir::Graph> fold_batch_norm(const ir::Graph& graph);

}  // namespace thimble::passes
