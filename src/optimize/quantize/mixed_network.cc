#include "optimize/quantize/mixed_network.h"

#include "ops/mac_layer.h"
#include "ops/op.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/weights.h"

namespace thimble::optimize {
namespace {

using ir::Graph;
using ir::Node;
using ir::Tensor;

void correct(const Graph& graph, const Node& source, const ops::WeightOperands& operands,
             const Tensor& weights, const Calibration& calibration, Graph& result, Node& node) {
  std::vector<float> bias = bias_values(graph, source, operands);
  const std::vector<float> shift =
      mean_shift(graph, source, operands, weights, calibration.of(source.inputs[operands.input]));
  for (size_t c = 0; c < bias.size(); ++c) bias[c] -= shift[c];
  Tensor tensor;
  tensor.name = weights.name + "/bias";
  tensor.shape = {static_cast<int32_t>(bias.size())};
  if (const Tensor* given = graph.input(source, operands.bias)) tensor = *given;
  tensor.data = float_data(bias);
  node.inputs.resize(std::max(node.inputs.size(), operands.bias + 1), ir::kNoTensor);
  node.inputs[operands.bias] = result.add_tensor(std::move(tensor));
}

}  // namespace

base::Result<Graph> mixed_network(const Graph& graph, const std::vector<bool>& chosen,
                                  const Calibration& calibration, bool correct_bias) {
  if (correct_bias && calibration.samples == 0)
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "the bias correction needs calibration data");
  Graph result = graph;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& source = graph.nodes[i];
    const auto& operands = ops::find_op(source.op)->quantize.weights;
    if (!chosen[i] || !operands || !operands->may_be_decoded) continue;
    Tensor weights = int8_weights(graph, source, *operands);
    Node& node = result.nodes[i];
    if (correct_bias) correct(graph, source, *operands, weights, calibration, result, node);
    node.inputs[operands->weights] = result.add_tensor(std::move(weights));
    node.attributes.set(std::string(ops::kDecodeWeights), int64_t{1});
  }
  THIMBLE_TRY(ops::verify(result));
  return result;
}

}  // namespace thimble::optimize
