// Executes one node on chosen values: how the passes learn what an operator does with them without
// knowing its arithmetic.
#pragma once

#include <cstdint>
#include <vector>

#include "base/files.h"
#include "ir/graph.h"

namespace thimble::passes {

// The elements of one operand, and the shape in which the node gets them.
struct Operand {
  ir::Shape shape;
  base::Bytes bytes;
};

// The node's first output when its first inputs are these; further inputs must be constants. Types,
// quantization and attributes are the node's. The output's shape follows from the inputs'.
Operand execute_alone(const ir::Graph& graph, const ir::Node& node, std::vector<Operand> inputs);

// Integer values of one operand, and the shape in which the node gets them.
struct ProbeInput {
  ir::Shape shape;
  std::vector<int64_t> values;  // each within the operand's type
};

// The same for integers: the output element by element.
std::vector<int64_t> probe(const ir::Graph& graph, const ir::Node& node,
                           const std::vector<ProbeInput>& inputs);

// Elements of an 8-, 16- or 32-bit integer tensor, and back.
std::vector<int64_t> read_integers(ir::DataType type, const base::Bytes& bytes);
base::Bytes write_integers(ir::DataType type, const std::vector<int64_t>& values);

}  // namespace thimble::passes
