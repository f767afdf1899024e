#include "passes/int8_edges.h"

#include <algorithm>

#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
using ir::Graph;
using ir::Node;
using ir::TensorId;

base::Result<Graph> use_integer_edges(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  result.nodes.clear();
  for (const Node& node : graph.nodes) {
    const TensorId input = node.inputs.empty() ? ir::kNoTensor : node.inputs[0];
    const bool is_first = node.op == "QUANTIZE" && uses.is_read_once(input) &&
                          std::ranges::count(graph.inputs, input) == 1 &&
                          graph.tensor(input).type == ir::DataType::kFloat32;
    const TensorId output = node.outputs[0];
    const bool is_last = node.op == "DEQUANTIZE" && uses.is_read_once(output) &&
                         uses.is_output(output) && uses.producer(input) && !uses.is_output(input) &&
                         std::ranges::count(result.inputs, input) == 0;
    if (is_first && !uses.is_output(output))
      std::ranges::replace(result.inputs, input, output);
    else if (is_last)
      std::ranges::replace(result.outputs, output, input);
    else
      result.nodes.push_back(node);
  }
  return remove_unused(result);
}

}  // namespace thimble::passes
