// The float network that quantization begins with.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

// Weights that are int8 in a layer of float activations become float, and the graph passes
// (passes/pipeline.h) run, so that batch normalizations and activations are inside of layers.
// Convolutions without a bias get one of zeros.
// Errors: kInvalidArgument when layers compute with integers already, kMalformed when a constant
// holds what is no finite number.
base::Result<ir::Graph> float_network(const ir::Graph& graph);

}  // namespace thimble::optimize
