// Operators on integers, rewritten with QuantizeLinear and DequantizeLinear around the operator on
// real numbers: that form is the only one the import has to understand.
#include <algorithm>
#include <iterator>

#include "frontend/onnx/network.h"

namespace thimble::frontend {
namespace {

struct Row {
  std::string_view op;
  std::string_view real_op;
  size_t operands;  // each has three inputs: integers, scale, zero point
};

// Their inputs are the operands, then scale and zero point of the result, then what is left as it
// is.
constexpr Row kRows[] = {
    {"QLinearConv", "Conv", 2},
    {"QLinearMatMul", "MatMul", 2},
    {"com.microsoft.QLinearAdd", "Add", 2},
    {"com.microsoft.QLinearMul", "Mul", 2},
    {"com.microsoft.QLinearAveragePool", "AveragePool", 1},
    {"com.microsoft.QLinearGlobalAveragePool", "GlobalAveragePool", 1},
    {"com.microsoft.QLinearLeakyRelu", "LeakyRelu", 1},
    {"com.microsoft.QLinearSigmoid", "Sigmoid", 1},
    {"com.microsoft.QLinearSoftmax", "Softmax", 1},
};

constexpr size_t kOperandInputs = 3;

class Expansion {
 public:
  explicit Expansion(const OnnxNode& source) : source_(source) {}

  std::vector<OnnxNode> regular(const Row& row) {
    std::vector<std::string> operands;
    for (size_t i = 0; i < row.operands; ++i) operands.push_back(real(kOperandInputs * i));
    const size_t result = kOperandInputs * row.operands;
    // A bias in integers of the product of the operands' scales.
    for (size_t i = result + 2; i < source_.inputs.size(); ++i)
      operands.push_back(source_.inputs[i]);
    return finish(row.real_op, std::move(operands), result);
  }

  // Inputs: scale and zero point of the result, then the operands.
  std::vector<OnnxNode> concatenation() {
    std::vector<std::string> operands;
    for (size_t i = 2; i + kOperandInputs <= source_.inputs.size(); i += kOperandInputs)
      operands.push_back(real(i));
    return finish("Concat", std::move(operands), 0);
  }

 private:
  std::string input(size_t i) const {
    return i < source_.inputs.size() ? source_.inputs[i] : std::string();
  }

  OnnxNode node(std::string_view op, std::vector<std::string> inputs, std::string output) const {
    OnnxNode result;
    result.op = op;
    result.origin = source_.origin;
    result.inputs = std::move(inputs);
    result.outputs = {std::move(output)};
    return result;
  }

  // The real value of the operand whose integers are input `first`.
  std::string real(size_t first) {
    std::string name = source_.outputs[0] + "/real_" + std::to_string(nodes_.size());
    nodes_.push_back(
        node("DequantizeLinear", {input(first), input(first + 1), input(first + 2)}, name));
    // Scales per channel belong to weights, whose first dimension is the output channel; those of
    // a matrix have it last.
    nodes_.back().attributes["axis"] = int64_t{source_.op == "QLinearMatMul" ? -1 : 0};
    return name;
  }

  std::vector<OnnxNode> finish(std::string_view op, std::vector<std::string> operands,
                               size_t scale) {
    const std::string real_result = source_.outputs[0] + "/real";
    nodes_.push_back(node(op, std::move(operands), real_result));
    nodes_.back().attributes = source_.attributes;
    nodes_.push_back(
        node("QuantizeLinear", {real_result, input(scale), input(scale + 1)}, source_.outputs[0]));
    return std::move(nodes_);
  }

  const OnnxNode& source_;
  std::vector<OnnxNode> nodes_;
};

}  // namespace

void expand_quantized_operators(OnnxNetwork& network) {
  std::vector<OnnxNode> nodes;
  for (OnnxNode& node : network.nodes) {
    const Row* row = std::ranges::find(kRows, std::string_view(node.op), &Row::op);
    const bool is_concatenation = node.op == "com.microsoft.QLinearConcat";
    if ((row == std::end(kRows) && !is_concatenation) || node.outputs.empty()) {
      nodes.push_back(std::move(node));
      continue;
    }
    Expansion expansion(node);
    std::vector<OnnxNode> expanded =
        is_concatenation ? expansion.concatenation() : expansion.regular(*row);
    std::ranges::move(expanded, std::back_inserter(nodes));
  }
  network.nodes = std::move(nodes);
}

}  // namespace thimble::frontend
