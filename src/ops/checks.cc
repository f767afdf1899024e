#include "ops/checks.h"

#include <algorithm>

namespace thimble::ops {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<> check_arity(const ir::Node& node, size_t min_inputs, size_t max_inputs, size_t outputs) {
  size_t n = node.inputs.size();
  if (n < min_inputs || n > max_inputs)
    return fail(ErrorCode::kMalformed, "has {} inputs, expected {}", n,
                min_inputs == max_inputs ? fmt::format("{}", min_inputs)
                                         : fmt::format("{} to {}", min_inputs, max_inputs));
  for (size_t i = 0; i < min_inputs; ++i)
    if (node.inputs[i] == ir::kNoTensor)
      return fail(ErrorCode::kMalformed, "input {} is absent", i);
  if (node.outputs.size() != outputs)
    return fail(ErrorCode::kMalformed, "has {} outputs, expected {}", node.outputs.size(), outputs);
  return {};
}

Result<> check_type(const ir::Tensor& tensor, std::string_view what,
                    std::initializer_list<ir::DataType> allowed) {
  if (std::ranges::find(allowed, tensor.type) != allowed.end()) return {};
  std::string names;
  for (ir::DataType type : allowed)
    names += (names.empty() ? "" : ", ") + std::string(ir::type_name(type));
  return fail(ErrorCode::kUnsupported,
              "data type {} of {} ({}) is not supported; supported here: {}",
              ir::type_name(tensor.type), what, tensor.name, names);
}

Result<> check_same_type(const ir::Tensor& a, const ir::Tensor& b) {
  if (a.type == b.type) return {};
  return fail(ErrorCode::kUnsupported, "{} is {} but {} is {}", a.name, ir::type_name(a.type),
              b.name, ir::type_name(b.type));
}

Result<> check_rank(const ir::Tensor& tensor, std::string_view what, size_t rank) {
  if (tensor.shape.size() == rank) return {};
  return fail(ErrorCode::kMalformed, "{} ({}) has shape {}, expected {} dimensions", what,
              tensor.name, ir::shape_text(tensor.shape), rank);
}

Result<> check_constant(const ir::Tensor& tensor, std::string_view what) {
  if (tensor.is_constant()) return {};
  return fail(ErrorCode::kUnsupported, "{} ({}) must be a constant", what, tensor.name);
}

Result<> check_per_tensor_quantization(const ir::Tensor& tensor, std::string_view what) {
  int32_t low, high;
  switch (tensor.type) {
    case ir::DataType::kInt8:
      low = -128, high = 127;
      break;
    case ir::DataType::kUInt8:
      low = 0, high = 255;
      break;
    case ir::DataType::kInt16:
      low = 0, high = 0;
      break;
    case ir::DataType::kInt32:
      low = INT32_MIN, high = INT32_MAX;
      break;
    default:
      return {};
  }
  const ir::Quantization& q = tensor.quantization;
  if (q.scales.size() != 1)
    return fail(ErrorCode::kMalformed, "{} ({}) is {} with {} scales, expected one", what,
                tensor.name, ir::type_name(tensor.type), q.scales.size());
  if (q.zero_points[0] < low || q.zero_points[0] > high)
    return fail(ErrorCode::kMalformed, "{} ({}) has the zero point {}, expected {} to {} for {}",
                what, tensor.name, q.zero_points[0], low, high, ir::type_name(tensor.type));
  return {};
}

Result<> check_same_quantization(const ir::Tensor& a, const ir::Tensor& b) {
  if (!ir::is_integer(a.type) || a.quantization == b.quantization) return {};
  return fail(ErrorCode::kUnsupported, "{} and {} must have the same scale and zero point", a.name,
              b.name);
}

}  // namespace thimble::ops
