#include "passes/remove_copies.h"

#include <numeric>

#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorId;

bool is_same(const Tensor& a, const Tensor& b) {
  return a.type == b.type && a.shape == b.shape && a.quantization == b.quantization;
}

// There and back is exact for types of 16 bits at most: the real number is off by less than 2^-7 of
// a step. Scales near the ends of the float range could lose more.
bool survives_as_float(const Tensor& tensor) {
  return ir::type_bytes(tensor.type) <= 2 && tensor.scale() > 1e-30f && tensor.scale() < 1e30f;
}

// The tensor whose elements a node's output repeats, or kNoTensor.
TensorId copied_tensor(const Graph& graph, const Uses& uses, const Node& node) {
  if (node.op != "RESHAPE" && node.op != "QUANTIZE") return ir::kNoTensor;
  const TensorId input = node.inputs[0];
  const Tensor& output = graph.output(node);
  if (is_same(graph.tensor(input), output) && ir::is_integer(output.type)) return input;
  if (is_same(graph.tensor(input), output) && node.op == "RESHAPE") return input;
  if (node.op != "QUANTIZE") return ir::kNoTensor;
  const auto producer = uses.producer(input);
  if (!producer || graph.nodes[*producer].op != "DEQUANTIZE") return ir::kNoTensor;
  const TensorId source = graph.nodes[*producer].inputs[0];
  const bool back = is_same(graph.tensor(source), output) && survives_as_float(output);
  return back ? source : ir::kNoTensor;
}

}  // namespace

base::Result<Graph> remove_copies(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  std::vector<TensorId> same(graph.tensors.size());  // the tensor to read instead
  std::iota(same.begin(), same.end(), TensorId{0});
  for (Node& node : result.nodes) {
    for (TensorId& id : node.inputs)
      if (id != ir::kNoTensor) id = same[static_cast<size_t>(id)];
    // Where several reshapes follow each other, only the last counts.
    if (node.op == "RESHAPE") {
      const auto producer = uses.producer(node.inputs[0]);
      if (producer && result.nodes[*producer].op == "RESHAPE" &&
          !result.input(result.nodes[*producer], 0)->is_variable)
        node.inputs[0] = result.nodes[*producer].inputs[0];
    }
    const TensorId source = copied_tensor(result, uses, node);
    // Outputs of the network keep their node; state changes after it was read.
    if (source != ir::kNoTensor && !uses.is_output(node.outputs[0]) &&
        !result.tensor(source).is_variable)
      same[static_cast<size_t>(node.outputs[0])] = source;
  }
  return remove_unused(result);
}

}  // namespace thimble::passes
