// RESHAPE: the same elements in the same order under another shape.
//
// inputs: data, [shape]; the shape of the output tensor decides. Bytes stay as they are.
#include <cstring>

#include "ops/checks.h"
#include "ops/op.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::Graph;
using ir::Node;

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 2));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_same_type(input, output));
  if (input.elements() != output.elements())
    return base::fail(base::ErrorCode::kMalformed, "cannot reshape {} ({} elements) to {} ({})",
                      ir::shape_text(input.shape), input.elements(), ir::shape_text(output.shape),
                      output.elements());
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.output(node).shape};
}

Cost cost(const Graph&, const Node&) {
  return {};
}

Result<> execute(const ExecContext& context) {
  std::memcpy(context.outputs[0], context.inputs[0], context.graph.output(context.node).bytes());
  return {};
}

Result<Lowerings> lower(const Graph&, const Node&, const LowerTarget&) {
  return Lowering{.calls = {}, .overlap = Overlap{}};
}

}  // namespace

extern const OpInfo k_reshape{"RESHAPE", verify, infer_shapes, cost, execute, lower, kSharedScale};

}  // namespace thimble::ops
