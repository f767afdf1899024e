#include "passes/uses.h"

namespace thimble::passes {

Uses::Uses(const ir::Graph& graph)
    : producer_(graph.tensors.size()),
      reads_(graph.tensors.size()),
      is_output_(graph.tensors.size()) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (ir::TensorId id : graph.nodes[i].outputs) producer_[index(id)] = i;
    for (ir::TensorId id : graph.nodes[i].inputs)
      if (id != ir::kNoTensor) ++reads_[index(id)];
  }
  for (ir::TensorId id : graph.outputs) {
    ++reads_[index(id)];
    is_output_[index(id)] = true;
  }
}

}  // namespace thimble::passes
