#include "optimize/quantize/scales.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "ops/op.h"
#include "optimize/quantize/constants.h"

namespace thimble::optimize {
namespace {

using ir::Graph;
using ir::Node;
using ir::TensorId;
using Output = ops::QuantizeRule::Output;

ir::Quantization fixed_quantization(const ops::FixedScale& fixed, ir::DataType type) {
  if (type == ir::DataType::kInt16) return {.scales = {fixed.int16_scale}, .zero_points = {0}};
  return {.scales = {fixed.int8_scale}, .zero_points = {fixed.int8_zero_point}};
}

// Tensors that must have the same scale, as a forest (Galler and Fischer 1964), with what the trees
// are bound to.
class Groups {
 public:
  explicit Groups(size_t tensors) : parent_(tensors), fixed_(tensors) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }

  size_t root(TensorId id) const {
    auto at = static_cast<size_t>(id);
    while (parent_[at] != at) at = parent_[at];
    return at;
  }

  void join(TensorId a, TensorId b) {
    const size_t from = root(b), to = root(a);
    if (from == to) return;
    parent_[from] = to;
    if (!fixed_[to]) fixed_[to] = fixed_[from];
  }

  void fix(TensorId id, ir::Quantization quantization) {
    fixed_[root(id)] = std::move(quantization);
  }
  const std::optional<ir::Quantization>& fixed(TensorId id) const { return fixed_[root(id)]; }

 private:
  std::vector<size_t> parent_;
  std::vector<std::optional<ir::Quantization>> fixed_;
};

// The tensors of a node that share a scale. One that is bound to a scale would clamp the others, so
// it only takes part where there is a single input.
void join_operands(const Graph& graph, const Node& node, Groups& groups) {
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i)
    if (is_activation_operand(graph, node, i)) inputs.push_back(node.inputs[i]);
  for (TensorId id : inputs)
    if (inputs.size() == 1 || !groups.fixed(id)) groups.join(node.outputs[0], id);
}

Histogram histogram_of(const ir::Tensor& tensor, const TensorStatistics& statistics) {
  if (!tensor.is_constant()) return statistics.histogram;
  Histogram histogram;
  histogram.add(float_values(tensor));
  return histogram;
}

}  // namespace

bool is_activation_operand(const Graph& graph, const Node& node, size_t operand) {
  const ir::Tensor* tensor = graph.input(node, operand);
  if (!tensor || tensor->type != ir::DataType::kFloat32) return false;
  const auto& weights = ops::find_op(node.op)->quantize.weights;
  return !weights || (operand != weights->weights && operand != weights->bias);
}

std::map<TensorId, ir::Quantization> activation_scales(const Graph& graph,
                                                       const IntegerNodes& integer,
                                                       const Calibration& calibration,
                                                       const CalibratorOptions& options,
                                                       ir::DataType type) {
  Groups groups(graph.tensors.size());
  std::map<TensorId, ir::Quantization> scales;  // keys first
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!integer[i]) continue;
    const Node& node = graph.nodes[i];
    const ops::QuantizeRule& rule = ops::find_op(node.op)->quantize;
    if (rule.output == Output::kSharedScale) join_operands(graph, node, groups);
    if (rule.output == Output::kFixedOutput)
      groups.fix(node.outputs[0], fixed_quantization(*rule.fixed, type));
    scales[node.outputs[0]] = {};
    for (size_t k = 0; k < node.inputs.size(); ++k)
      if (is_activation_operand(graph, node, k)) scales[node.inputs[k]] = {};
  }

  std::map<size_t, ops::Range> ranges;  // by group
  for (const auto& [id, unused] : scales) {
    // The network's input is what the caller makes it: all of it, whatever the calibrator.
    CalibratorOptions how = options;
    if (std::ranges::count(graph.inputs, id) != 0) how.calibrator = Calibrator::kMinMax;
    const ops::Range range =
        calibrated_range(histogram_of(graph.tensor(id), calibration.of(id)), how, type);
    ops::Range& common = ranges[groups.root(id)];
    common.min = std::min(common.min, range.min);
    common.max = std::max(common.max, range.max);
  }
  for (auto& [id, quantization] : scales)
    quantization =
        groups.fixed(id) ? *groups.fixed(id) : quantization_over(ranges.at(groups.root(id)), type);
  return scales;
}

}  // namespace thimble::optimize
