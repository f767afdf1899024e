#include "passes/decode_weights.h"

#include <algorithm>

#include "ops/mac_layer.h"
#include "ops/op.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Tensor;

// Whether a layer with these rules can decode the constant: symmetric, with one scale or with one
// per output channel.
bool is_decodable(const Tensor& constant, const ops::WeightOperands& operands) {
  const ir::Quantization& q = constant.quantization;
  if (!constant.is_constant() || constant.type != DataType::kInt8 || !q.present()) return false;
  if (std::ranges::any_of(q.zero_points, [](int32_t zero_point) { return zero_point != 0; }))
    return false;
  return !q.per_channel() || q.axis == operands.channel_axis;
}

}  // namespace

base::Result<Graph> decode_weights(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  bool any = false;
  for (Node& node : result.nodes) {
    const ops::OpInfo* op = ops::find_op(node.op);
    if (!op || !op->quantize.weights || !op->quantize.weights->may_be_decoded) continue;
    const ops::WeightOperands& operands = *op->quantize.weights;
    const Tensor *input = graph.input(node, operands.input),
                 *weights = graph.input(node, operands.weights);
    if (!input || !weights || input->type != DataType::kFloat32) continue;
    const auto producer = uses.producer(node.inputs[operands.weights]);
    if (!producer || graph.nodes[*producer].op != "DEQUANTIZE") continue;
    const Node& dequantize = graph.nodes[*producer];
    const Tensor* constant = graph.input(dequantize, 0);
    if (!constant || constant->shape != weights->shape || !is_decodable(*constant, operands))
      continue;
    node.inputs[operands.weights] = dequantize.inputs[0];
    node.attributes.set(std::string(ops::kDecodeWeights), int64_t{1});
    any = true;
  }
  if (!any) return graph;
  return remove_unused(result);
}

}  // namespace thimble::passes
