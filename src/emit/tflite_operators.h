// Operator names and attributes of a Graph to the operator codes and options of TensorFlow Lite:
// the inverse of frontend/tflite/operators.h.
#pragma once

#include "base/result.h"
#include "ir/graph.h"
#include "tflite_subset_generated.h"

namespace thimble::emit {

namespace schema = frontend::schema;

struct TfliteOperator {
  schema::BuiltinOperator code;
  int32_t version;  // the lowest that allows these data types and options
  schema::BuiltinOptionsUnion options;
};

// Errors: kUnsupported (an operator that the format lacks or that we do not write), kMalformed (an
// attribute is missing or of another type).
base::Result<TfliteOperator> tflite_operator(const ir::Graph& graph, const ir::Node& node);

}  // namespace thimble::emit
