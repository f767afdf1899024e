// Outputs whose elements are picked from the input in regular steps: STRIDED_SLICE and TRANSPOSE.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/op.h"

namespace thimble::ops {

// Output element (i0, i1, ...) is input element offset + sum of i * stride, in elements. At most
// kMaxDimensions (broadcast.h) dimensions.
struct StridedView {
  int64_t offset = 0;
  std::vector<int32_t> extents;
  std::vector<int64_t> strides;
};

// Steps to the next element along each dimension of a tensor.
std::vector<int64_t> element_strides(const ir::Shape& shape);

base::Result<> check_copied_type(const ir::Tensor& input, const ir::Tensor& output);

// From input 0 to output 0 of a node.
void execute_view(const ExecContext& context, const StridedView& view);
Lowering lower_view(const ir::Graph& graph, const ir::Node& node, const StridedView& view);

}  // namespace thimble::ops
