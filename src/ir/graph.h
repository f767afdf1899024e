// The network as Thimble sees it: tensors, and nodes in an order in which they can be executed.
//
// A Graph is a value: copying it copies the structure and shares the constants. Passes take a Graph
// and return another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/attributes.h"
#include "ir/tensor.h"

namespace thimble::ir {

using TensorId = int32_t;
inline constexpr TensorId kNoTensor = -1;  // an optional input that is absent

struct Node {
  std::string op;      // TensorFlow Lite's name: "CONV_2D"; described by ops::find_op
  std::string name;    // for the user; usually the name of the first output
  std::string origin;  // where it came from: "subgraph 0, operator 3"
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  Attributes attributes;
};

struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;

  const Tensor& tensor(TensorId id) const { return tensors[static_cast<size_t>(id)]; }
  Tensor& tensor(TensorId id) { return tensors[static_cast<size_t>(id)]; }

  // The i-th input or output of a node; nullptr when the input is absent or the node has fewer.
  const Tensor* input(const Node& node, size_t i) const;
  const Tensor& output(const Node& node, size_t i = 0) const;

  TensorId add_tensor(Tensor tensor);
};

// What every Graph must hold whatever its operators: ids in range, one producer per tensor,
// producers before consumers, constants of the right size, sane quantization. Errors: kMalformed,
// naming the rule.
base::Result<> verify(const Graph& graph);

// One line per tensor and node, stable, for people and for golden files. Constants show their size
// and a checksum.
std::string print(const Graph& graph);

}  // namespace thimble::ir
