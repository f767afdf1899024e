#include "passes/unused.h"

#include <algorithm>

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::TensorId;

bool has_state(const Graph& graph, const Node& node) {
  return std::ranges::any_of(node.inputs, [&](TensorId id) {
    return id != ir::kNoTensor && graph.tensor(id).is_variable;
  });
}

}  // namespace

base::Result<Graph> remove_unused(const Graph& graph) {
  std::vector<bool> used(graph.tensors.size());
  auto mark = [&](const std::vector<TensorId>& ids) {
    for (TensorId id : ids)
      if (id != ir::kNoTensor) used[static_cast<size_t>(id)] = true;
  };
  mark(graph.inputs);
  mark(graph.outputs);
  Graph result;
  result.name = graph.name;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool is_read = std::ranges::any_of(
        node->outputs, [&](TensorId id) { return used[static_cast<size_t>(id)]; });
    if (!is_read && !has_state(graph, *node)) continue;
    mark(node->inputs);
    mark(node->outputs);
    result.nodes.push_back(*node);
  }
  std::ranges::reverse(result.nodes);

  std::vector<TensorId> new_id(graph.tensors.size(), ir::kNoTensor);
  for (size_t id = 0; id < used.size(); ++id)
    if (used[id]) new_id[id] = result.add_tensor(graph.tensors[id]);
  auto renumbered = [&](std::vector<TensorId> ids) {
    for (TensorId& id : ids)
      if (id != ir::kNoTensor) id = new_id[static_cast<size_t>(id)];
    return ids;
  };
  result.inputs = renumbered(graph.inputs);
  result.outputs = renumbered(graph.outputs);
  for (Node& node : result.nodes) {
    node.inputs = renumbered(std::move(node.inputs));
    node.outputs = renumbered(std::move(node.outputs));
  }
  return result;
}

}  // namespace thimble::passes
