// ADD: a + b, element by element; the smaller operand repeats.
//
// inputs: a, b; attributes: activation. See binary_elementwise.h.
#include "ops/binary_elementwise.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_binary(graph, node, BinaryOp::kAdd);
}

base::Result<> execute(const ExecContext& context) {
  return execute_binary(context, BinaryOp::kAdd);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node,
                              const LowerTarget& target) {
  return lower_binary(graph, node, target, BinaryOp::kAdd);
}

}  // namespace

extern const OpInfo k_add{"ADD", verify,   infer_binary_shapes, binary_cost, execute,
                          lower, kOwnScale};

}  // namespace thimble::ops
