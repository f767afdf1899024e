#include "passes/fold_constants.h"

#include <algorithm>

#include "ops/op.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;

// What a hostile file may make us compute and hold, in all.
constexpr uint64_t kMaxFlops = uint64_t{1} << 26;
constexpr uint64_t kMaxBytes = uint64_t{1} << 26;

bool reads_only_constants(const Graph& graph, const Node& node) {
  const bool reads_other = std::ranges::any_of(node.inputs, [&](ir::TensorId id) {
    return id != ir::kNoTensor && !graph.tensor(id).is_constant();
  });
  const bool reads_any =
      std::ranges::any_of(node.inputs, [](ir::TensorId id) { return id != ir::kNoTensor; });
  return reads_any && !reads_other;
}

bool is_valid(const Graph& graph, const Node& node, const ops::OpInfo& op) {
  if (!op.verify(graph, node)) return false;
  const auto shapes = op.infer_shapes(graph, node);
  if (!shapes || shapes->size() != node.outputs.size()) return false;
  for (size_t i = 0; i < shapes->size(); ++i)
    if ((*shapes)[i] != graph.output(node, i).shape) return false;
  return true;
}

// The values of the node's outputs; empty when its execution fails.
std::vector<base::Bytes> execute(const Graph& graph, const Node& node, const ops::OpInfo& op) {
  std::vector<std::byte*> inputs, outputs;
  for (ir::TensorId id : node.inputs)
    // Operators never write a constant.
    inputs.push_back(id == ir::kNoTensor ? nullptr
                                         : const_cast<std::byte*>(graph.tensor(id).data->data()));
  std::vector<base::Bytes> values;
  for (ir::TensorId id : node.outputs) values.emplace_back(graph.tensor(id).bytes());
  for (base::Bytes& value : values) outputs.push_back(value.data());
  if (!op.execute({graph, node, inputs, outputs})) return {};
  return values;
}

}  // namespace

base::Result<Graph> fold_constants(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  result.nodes.clear();
  uint64_t flops = 0, bytes = 0;
  for (const Node& node : graph.nodes) {
    const ops::OpInfo* op = ops::find_op(node.op);
    const bool writes_output =
        std::ranges::any_of(node.outputs, [&](ir::TensorId id) { return uses.is_output(id); });
    std::vector<base::Bytes> values;
    if (op && !writes_output && reads_only_constants(result, node) && is_valid(result, node, *op)) {
      const ops::Cost cost = op->cost(result, node);
      flops += std::max(cost.flops, 2 * cost.maccs);
      for (ir::TensorId id : node.outputs) bytes += result.tensor(id).bytes();
      if (flops <= kMaxFlops && bytes <= kMaxBytes) values = execute(result, node, *op);
    }
    if (values.empty()) {
      result.nodes.push_back(node);
      continue;
    }
    for (size_t i = 0; i < values.size(); ++i)
      result.tensor(node.outputs[i]).data =
          std::make_shared<const base::Bytes>(std::move(values[i]));
  }
  return result;
}

}  // namespace thimble::passes
