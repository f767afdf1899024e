// Int8 weights behind a DEQUANTIZE: the layer takes the integers and decodes them itself, so that
// they stay one byte each.
#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

// A graph without such weights is returned as it is. Otherwise nodes and tensors that nothing uses
// any more are gone. The graph must pass ir::verify, its nodes need not pass ops::verify.
base::Result<ir::Graph> decode_weights(const ir::Graph& graph);

}  // namespace thimble::passes
