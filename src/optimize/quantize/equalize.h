// Cross-layer equalization (Nagel et al. 2019, "Data-free quantization through weight equalization
// and bias correction", section 4.1).
//
// Where one layer feeds only another and nothing or a ReLU lies between, a channel may be divided
// by any positive factor in the first layer and multiplied with it in the second. With the factors
// that make the ranges of both layers' weights equal, no channel is so small that its values fall
// between two integers.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

// A float network in, one that computes the same (but for rounding) out.
base::Result<ir::Graph> equalize(const ir::Graph& graph);

}  // namespace thimble::optimize
