// Builds the network whose weights are stored as half-precision floats (IEEE 754 binary16).
#pragma once

#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

// A float network with the weights of the `chosen` nodes (by index) as float16 constants behind a
// DEQUANTIZE, as .tflite has them. Tensors keep their ids. The result passes ops::verify once
// passes::fold_constants has run. Errors: kUnsupported for weights beyond 65,504.
base::Result<ir::Graph> float16_network(const ir::Graph& graph, const std::vector<bool>& chosen);

}  // namespace thimble::optimize
