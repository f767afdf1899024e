// RELU6: x clamped to [0, 6], element by element.
//
// inputs: any shape. The output may have another scale than the input.
#include "ops/relu_family.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_relu(graph, node, Activation::kRelu6);
}

Cost cost(const ir::Graph& graph, const ir::Node& node) {
  return relu_cost(graph, node, Activation::kRelu6);
}

base::Result<> execute(const ExecContext& context) {
  return execute_relu(context, Activation::kRelu6);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node,
                              const LowerTarget& target) {
  return lower_relu(graph, node, target, Activation::kRelu6);
}

}  // namespace

extern const OpInfo k_relu6{"RELU6", verify, infer_relu_shapes, cost, execute, lower, kOwnScale};

}  // namespace thimble::ops
