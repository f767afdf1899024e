// PAD: a border of zeros. See pad_family.h.
#include "ops/pad_family.h"

namespace thimble::ops {
namespace {

base::Result<> verify(const ir::Graph& graph, const ir::Node& node) {
  return verify_pad(graph, node, PadValue::kZero);
}

base::Result<> execute(const ExecContext& context) {
  return execute_pad(context, PadValue::kZero);
}

base::Result<Lowerings> lower(const ir::Graph& graph, const ir::Node& node, const LowerTarget&) {
  return lower_pad(graph, node, PadValue::kZero);
}

}  // namespace

extern const OpInfo k_pad{"PAD", verify, infer_pad_shapes, pad_cost, execute, lower, kSharedScale};

}  // namespace thimble::ops
