// Constant operands that hold indices: axes, paddings, permutations, begins and ends.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::ops {

// Errors: kUnsupported when the tensor is not a constant of int32 or int64; `what` names it.
base::Result<std::vector<int64_t>> read_index_constant(const ir::Tensor& tensor,
                                                       std::string_view what);

// A dimension of a tensor of `rank` dimensions; negative counts from the end. Errors: kMalformed.
base::Result<size_t> resolve_axis(int64_t axis, size_t rank);

}  // namespace thimble::ops
