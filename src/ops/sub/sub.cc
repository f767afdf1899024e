// SUB: a - b, element by element; the smaller operand repeats.
//
// inputs: a, b; attributes: activation. See binary_elementwise.h.
#include "ops/binary_elementwise.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_binary(graph, node, BinaryOp::kSub);
}

base::Result<> execute(const ExecContext& context) {
  return execute_binary(context, BinaryOp::kSub);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node,
                              const LowerTarget& target) {
  return lower_binary(graph, node, target, BinaryOp::kSub);
}

}  // namespace

extern const OpInfo k_sub{"SUB", verify,   infer_binary_shapes, binary_cost, execute,
                          lower, kOwnScale};

}  // namespace thimble::ops
