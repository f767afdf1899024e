#include "ops/index_constant.h"

#include "ops/checks.h"

namespace thimble::ops {

base::Result<std::vector<int64_t>> read_index_constant(const ir::Tensor& tensor,
                                                       std::string_view what) {
  THIMBLE_TRY(check_type(tensor, what, {ir::DataType::kInt32, ir::DataType::kInt64}));
  THIMBLE_TRY(check_constant(tensor, what));
  auto widen = [&](const auto* values) {
    return std::vector<int64_t>(values, values + tensor.elements());
  };
  return tensor.type == ir::DataType::kInt32 ? widen(tensor.as<int32_t>())
                                             : widen(tensor.as<int64_t>());
}

base::Result<size_t> resolve_axis(int64_t axis, size_t rank) {
  const auto signed_rank = static_cast<int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank)
    return base::fail(base::ErrorCode::kMalformed, "axis {} is not one of {} dimensions", axis,
                      rank);
  return static_cast<size_t>(axis < 0 ? axis + signed_rank : axis);
}

}  // namespace thimble::ops
