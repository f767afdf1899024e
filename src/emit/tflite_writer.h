// Graph to a TensorFlow Lite file (.tflite, schema version 3), which our own import, TensorFlow
// Lite and TensorFlow Lite Micro read.
//
// One subgraph, no signature and no metadata. Constants lie at multiples of 16 bytes; tensors that
// share their bytes share a buffer. The same graph gives the same bytes. Graph::name and
// Node::origin have no place in the format and are lost.
#pragma once

#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "ir/graph.h"

namespace thimble::emit {

struct TfliteOptions {
  std::vector<ir::TensorId> int4 = {};  // int8 constants from -8 to 7 to be stored as INT4, two
                                        // elements to a byte, as which we import them again
};

// The graph must pass ops::verify. Errors: kUnsupported (an operator that is not written),
// kMalformed (its attributes), both with the operator's place as frame; kLimit (the format's
// offsets end at 2 GiB).
base::Result<base::Bytes> write_tflite(const ir::Graph& graph, const TfliteOptions& options = {});

}  // namespace thimble::emit
