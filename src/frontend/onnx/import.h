// ONNX files (.onnx, opsets 1 to 21) to Graph.
//
// The bytes are untrusted. Whatever they are, the result is a Graph that passes ops::verify or an
// Error: no crash, no endless loop, and no more memory than a small multiple of their size. The
// Graph owns copies of everything it needs. docs/onnx.md says what is accepted.
//
// Images and signals, which ONNX counts as NCHW and NCL, enter and leave the Graph as NHWC and NLC;
// no other input or output changes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "frontend/onnx/layout.h"
#include "ir/graph.h"

namespace thimble::frontend {

struct OnnxImport {
  ir::Graph graph;
  // For each input and output, in which order ONNX's dimensions lie in the Graph's: {0, 2, 3, 1} of
  // an image.
  std::vector<Order> input_orders, output_orders;
};

// `name` becomes Graph::name. Errors: kMalformed, kUnsupported or kLimit; those of an operator have
// the frame "node 12 (Conv conv1)".
base::Result<OnnxImport> import_onnx(std::span<const std::byte> bytes, std::string_view name);

}  // namespace thimble::frontend
