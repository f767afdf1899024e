#include <algorithm>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::ops {

#define OP(folder) extern const OpInfo k_##folder;
#include "ops/ops.inc"
#undef OP

namespace {
const OpInfo* const kOps[] = {
#define OP(folder) &k_##folder,
#include "ops/ops.inc"
#undef OP
};
}  // namespace

std::span<const OpInfo* const> all_ops() {
  return kOps;
}

const OpInfo* find_op(std::string_view name) {
  auto found = std::ranges::find(kOps, name, [](const OpInfo* op) { return op->name; });
  return found == std::end(kOps) ? nullptr : *found;
}

namespace {

base::Result<> verify_node(const ir::Graph& graph, const ir::Node& node) {
  const OpInfo* op = find_op(node.op);
  if (!op)
    return base::fail(base::ErrorCode::kUnsupported, "operator {} is not supported", node.op);
  THIMBLE_TRY(op->verify(graph, node));
  THIMBLE_ASSIGN(std::vector<ir::Shape> shapes, op->infer_shapes(graph, node));
  CHECK(shapes.size() == node.outputs.size(), "{}", node.op);
  for (size_t i = 0; i < shapes.size(); ++i)
    if (shapes[i] != graph.output(node, i).shape)
      return base::fail(base::ErrorCode::kMalformed, "output {} has shape {}, but should have {}",
                        i, ir::shape_text(graph.output(node, i).shape), ir::shape_text(shapes[i]));
  return {};
}

}  // namespace

base::Result<> verify(const ir::Graph& graph) {
  THIMBLE_TRY(ir::verify(graph));
  for (const ir::Node& node : graph.nodes)
    THIMBLE_TRY_IN(verify_node(graph, node), fmt::format("{} ({})", node.origin, node.op));
  return {};
}

}  // namespace thimble::ops
