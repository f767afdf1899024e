#include "optimize/quantize/float_network.h"

#include <algorithm>
#include <cmath>

#include "ops/op.h"
#include "ops/quantize_values.h"
#include "optimize/quantize/constants.h"
#include "passes/pipeline.h"

namespace thimble::optimize {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

Result<> check_float(const Graph& graph, const Node& node) {
  for (ir::TensorId id : node.outputs) {
    const ir::Tensor& output = graph.tensor(id);
    if (ir::is_integer(output.type) && output.quantization.present())
      return base::fail(Error(ErrorCode::kInvalidArgument,
                              fmt::format("{} ({}) is already quantized: its output is {}",
                                          node.name, node.op, ir::type_name(output.type)),
                              "quantize the float network it was made of"));
  }
  return {};
}

Result<> check_finite(const ir::Tensor& tensor) {
  if (!tensor.is_constant() || tensor.type != DataType::kFloat32) return {};
  const std::span<const float> values = float_values(tensor);
  const auto bad = std::ranges::find_if(values, [](float v) { return !std::isfinite(v); });
  if (bad == values.end()) return {};
  return base::fail(ErrorCode::kMalformed, "constant {} has the value {} at element {}",
                    tensor.name, *bad, bad - values.begin());
}

// A constant of integers that stand for real numbers, as those.
void make_float(ir::Tensor& tensor) {
  tensor.data = float_data(ops::dequantized_values(tensor));
  tensor.type = DataType::kFloat32;
  tensor.quantization = {};
}

// TensorFlow Lite refuses convolutions without a bias.
void give_bias_to_convolutions(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (node.op != "CONV_2D") continue;
    const ops::WeightOperands& operands = *ops::find_op(node.op)->quantize.weights;
    if (graph.input(node, operands.bias)) continue;
    const ir::Tensor& weights = *graph.input(node, operands.weights);
    ir::Tensor bias;
    bias.name = weights.name + "/bias";
    bias.shape = {weights.shape[static_cast<size_t>(operands.channel_axis)]};
    bias.data = float_data(std::vector<float>(static_cast<size_t>(bias.shape[0])));
    node.inputs.resize(std::max(node.inputs.size(), operands.bias + 1), ir::kNoTensor);
    node.inputs[operands.bias] = graph.add_tensor(std::move(bias));
  }
}

}  // namespace

Result<Graph> float_network(const Graph& graph) {
  Graph result = graph;
  for (Node& node : result.nodes) {
    const ops::OpInfo* op = ops::find_op(node.op);
    if (!op || !op->quantize.weights) continue;
    const size_t weights = op->quantize.weights->weights;
    const ir::Tensor* constant = result.input(node, weights);
    if (result.output(node).type != DataType::kFloat32 || constant->type != DataType::kInt8)
      continue;
    ir::Tensor dequantized = *constant;
    make_float(dequantized);
    node.inputs[weights] = result.add_tensor(std::move(dequantized));
  }
  THIMBLE_ASSIGN(result, passes::optimize(result));
  for (const Node& node : result.nodes) THIMBLE_TRY(check_float(result, node));
  for (const ir::Tensor& tensor : result.tensors) THIMBLE_TRY(check_finite(tensor));
  give_bias_to_convolutions(result);
  return result;
}

}  // namespace thimble::optimize
