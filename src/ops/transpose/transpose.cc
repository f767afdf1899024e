// TRANSPOSE: the dimensions in another order.
//
// inputs: data, permutation as a constant; output dimension i is input dimension permutation[i].
#include <algorithm>

#include "ops/checks.h"
#include "ops/index_constant.h"
#include "ops/op.h"
#include "ops/strided_view.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::Graph;
using ir::Node;

Result<StridedView> read_view(const Graph& graph, const Node& node) {
  const ir::Shape& shape = graph.input(node, 0)->shape;
  THIMBLE_ASSIGN(const std::vector<int64_t> permutation,
                 read_index_constant(*graph.input(node, 1), "permutation"));
  std::vector<int64_t> sorted = permutation;
  std::ranges::sort(sorted);
  bool is_permutation = sorted.size() == shape.size();
  for (size_t i = 0; is_permutation && i < sorted.size(); ++i)
    is_permutation = sorted[i] == static_cast<int64_t>(i);
  if (!is_permutation)
    return base::fail(base::ErrorCode::kMalformed, "[{}] is not a permutation of {} dimensions",
                      fmt::join(permutation, ", "), shape.size());
  StridedView view;
  const std::vector<int64_t> strides = element_strides(shape);
  for (int64_t dimension : permutation) {
    view.extents.push_back(shape[static_cast<size_t>(dimension)]);
    view.strides.push_back(strides[static_cast<size_t>(dimension)]);
  }
  return view;
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 2, 2));
  THIMBLE_TRY(check_copied_type(*graph.input(node, 0), graph.output(node)));
  THIMBLE_TRY(read_view(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(const StridedView view, read_view(graph, node));
  return std::vector<ir::Shape>{view.extents};
}

Cost cost(const Graph&, const Node&) {
  return {};
}

Result<> execute(const ExecContext& context) {
  THIMBLE_ASSIGN(const StridedView view, read_view(context.graph, context.node));
  execute_view(context, view);
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  THIMBLE_ASSIGN(const StridedView view, read_view(graph, node));
  return lower_view(graph, node, view);
}

}  // namespace

extern const OpInfo k_transpose{"TRANSPOSE", verify, infer_shapes, cost,
                                execute,     lower,  kSharedScale};

}  // namespace thimble::ops
