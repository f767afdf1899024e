#include "ir/graph.h"

#include "base/check.h"

namespace thimble::ir {

const Tensor* Graph::input(const Node& node, size_t i) const {
  if (i >= node.inputs.size() || node.inputs[i] == kNoTensor) return nullptr;
  return &tensor(node.inputs[i]);
}

const Tensor& Graph::output(const Node& node, size_t i) const {
  CHECK(i < node.outputs.size(), "{} has {} outputs", node.op, node.outputs.size());
  return tensor(node.outputs[i]);
}

TensorId Graph::add_tensor(Tensor tensor) {
  tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(tensors.size() - 1);
}

}  // namespace thimble::ir
