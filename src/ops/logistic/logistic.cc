// LOGISTIC: 1 / (1 + exp(-x)), element by element.
//
// inputs: any shape. See sigmoid_family.h.
#include "ops/sigmoid_family.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_sigmoid(graph, node, Sigmoid::kLogistic);
}

base::Result<> execute(const ExecContext& context) {
  return execute_sigmoid(context, Sigmoid::kLogistic);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node, const LowerTarget&) {
  return lower_sigmoid(graph, node, Sigmoid::kLogistic);
}

}  // namespace

extern const OpInfo k_logistic{"LOGISTIC", verify,    infer_sigmoid_shapes, sigmoid_cost, execute,
                               lower,      kUnitScale};

}  // namespace thimble::ops
