// The opposite of passes/decode_weights.h: .tflite has no layer that decodes its weights, but a
// DEQUANTIZE of the constant before a float layer means the same.
#pragma once

#include "ir/graph.h"

namespace thimble::emit {

// New tensors are appended, so that the others keep their ids. The graph must pass ops::verify; the
// result does not, as its weights are no constants.
ir::Graph with_explicit_decoding(const ir::Graph& graph);

}  // namespace thimble::emit
