// PADV2: a border of a given value. See pad_family.h.
#include "ops/pad_family.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_pad(graph, node, PadValue::kOperand);
}

base::Result<> execute(const ExecContext& context) {
  return execute_pad(context, PadValue::kOperand);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node, const LowerTarget&) {
  return lower_pad(graph, node, PadValue::kOperand);
}

}  // namespace

extern const OpInfo k_padv2{"PADV2", verify, infer_pad_shapes, pad_cost,
                            execute, lower,  kSharedScale};

}  // namespace thimble::ops
