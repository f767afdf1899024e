// Builds the network of float arithmetic with int8 weights: every weight is turned back into a
// float where it is used, so that the activations need neither calibration nor integers.
#pragma once

#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/calibration.h"

namespace thimble::optimize {

// A float network with the weights of the `chosen` nodes (by index) as int8 constants, where the
// operator can compute with these. Tensors keep their ids. The calibration is only needed for the
// bias correction.
base::Result<ir::Graph> mixed_network(const ir::Graph& graph, const std::vector<bool>& chosen,
                                      const Calibration& calibration, bool correct_bias);

}  // namespace thimble::optimize
