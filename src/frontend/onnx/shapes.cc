// Other shapes and orders of the same elements, and shapes as values.
#include <algorithm>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/operators.h"
#include "ops/index_constant.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<ir::Shape> to_shape(const std::vector<int64_t>& extents) {
  ir::Shape shape;
  for (int64_t extent : extents) {
    if (extent < 0 || extent > INT32_MAX)
      return fail(ErrorCode::kMalformed, "a shape has the extent {}", extent);
    shape.push_back(static_cast<int32_t>(extent));
  }
  THIMBLE_TRY(check_extents(shape));
  return shape;
}

// The operand of Reshape: 0 keeps a dimension, -1 is what remains.
Result<ir::Shape> reshape_target(std::vector<int64_t> target, const ir::Shape& from,
                                 bool zero_keeps) {
  int64_t known = 1;
  std::optional<size_t> open;
  for (size_t d = 0; d < target.size(); ++d) {
    if (target[d] == 0 && zero_keeps && d < from.size()) target[d] = from[d];
    if (target[d] == -1) {
      if (open) return fail(ErrorCode::kMalformed, "a shape with two open dimensions");
      open = d;
    } else if (__builtin_mul_overflow(known, target[d], &known)) {
      return fail(ErrorCode::kMalformed, "a shape with too many elements");
    }
  }
  const int64_t elements = ir::element_count(from);
  if (open && (known < 1 || elements % known != 0))
    return fail(ErrorCode::kMalformed, "{} elements do not fit the given shape", elements);
  if (open) target[*open] = elements / known;
  THIMBLE_ASSIGN(ir::Shape shape, to_shape(target));
  if (!open && known != elements)
    return fail(ErrorCode::kMalformed, "cannot reshape {} to {}", ir::shape_text(from),
                ir::shape_text(shape));
  return shape;
}

// The value in another shape; sets the output.
Result<> set_reshaped(Converter& converter, const OnnxNode& node, Value value, ir::Shape shape) {
  const bool is_same = value.shape == shape;
  THIMBLE_ASSIGN(Value result, converter.with_shape(node, std::move(value), std::move(shape)));
  // Whatever the dimensions mean now; Squeeze and Unsqueeze leave a signal a signal.
  if (!is_same && node.op != "Squeeze" && node.op != "Unsqueeze") result.is_image = false;
  return converter.set(node, 0, std::move(result));
}

// Axes from the attribute or, in later opsets, input 1.
Result<std::vector<int64_t>> read_axes(const Converter& converter, const OnnxNode& node) {
  if (node.has_input(1)) return converter.integers_input(node, 1);
  return node.get_ints("axes", {});
}

}  // namespace

Result<> convert_identity(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  return converter.set(node, 0, std::move(value));
}

Result<> convert_reshape(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  std::vector<int64_t> target;
  if (node.has("shape")) {
    THIMBLE_ASSIGN(target, node.get_ints("shape", {}));
  } else {
    THIMBLE_ASSIGN(target, converter.integers_input(node, 1));
  }
  THIMBLE_ASSIGN(const int64_t allows_zero, node.get_int("allowzero", 0));
  THIMBLE_ASSIGN(ir::Shape shape, reshape_target(std::move(target), value.shape, allows_zero == 0));
  return set_reshaped(converter, node, std::move(value), std::move(shape));
}

Result<> convert_flatten(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(int64_t axis, node.get_int("axis", 1));
  const auto rank = static_cast<int64_t>(value.shape.size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank)
    return fail(ErrorCode::kMalformed, "axis {} of {} dimensions", axis, rank);
  const ir::Shape before(value.shape.begin(), value.shape.begin() + axis);
  const ir::Shape after(value.shape.begin() + axis, value.shape.end());
  return set_reshaped(converter, node, std::move(value),
                      {static_cast<int32_t>(ir::element_count(before)),
                       static_cast<int32_t>(ir::element_count(after))});
}

Result<> convert_squeeze(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::vector<int64_t> axes, read_axes(converter, node));
  const size_t rank = value.shape.size();
  std::vector<bool> is_dropped(rank, false);
  for (size_t d = 0; d < rank && axes.empty(); ++d) is_dropped[d] = value.shape[d] == 1;
  for (int64_t axis : axes) {
    THIMBLE_ASSIGN(const size_t d, ops::resolve_axis(axis, rank));
    if (value.shape[d] != 1)
      return fail(ErrorCode::kMalformed, "dimension {} of {} is not 1", d,
                  ir::shape_text(value.shape));
    is_dropped[d] = true;
  }
  ir::Shape shape;
  for (size_t d = 0; d < rank; ++d)
    if (!is_dropped[d]) shape.push_back(value.shape[d]);
  return set_reshaped(converter, node, std::move(value), std::move(shape));
}

Result<> convert_unsqueeze(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::vector<int64_t> axes, read_axes(converter, node));
  constexpr size_t kMaxRank = 16;
  const size_t rank = value.shape.size() + axes.size();
  if (rank > kMaxRank) return fail(ErrorCode::kUnsupported, "{} dimensions are too many", rank);
  std::vector<bool> is_new(rank, false);
  for (int64_t axis : axes) {
    THIMBLE_ASSIGN(const size_t d, ops::resolve_axis(axis, rank));
    if (is_new[d]) return fail(ErrorCode::kMalformed, "axis {} is there twice", d);
    is_new[d] = true;
  }
  ir::Shape shape;
  size_t next = 0;
  for (size_t d = 0; d < rank; ++d) shape.push_back(is_new[d] ? 1 : value.shape[next++]);
  return set_reshaped(converter, node, std::move(value), std::move(shape));
}

Result<> convert_transpose(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  const size_t rank = value.shape.size();
  std::vector<int64_t> reversed;
  for (size_t d = rank; d-- > 0;) reversed.push_back(static_cast<int64_t>(d));
  THIMBLE_ASSIGN(const std::vector<int64_t> given, node.get_ints("perm", reversed));
  Order permutation;
  for (int64_t axis : given) {
    THIMBLE_ASSIGN(const size_t d, ops::resolve_axis(axis, rank));
    permutation.push_back(static_cast<int32_t>(d));
  }
  Order sorted = permutation;
  std::ranges::sort(sorted);
  if (sorted != row_major(rank))
    return fail(ErrorCode::kMalformed, "perm is no permutation of {} dimensions", rank);
  THIMBLE_ASSIGN(Value result, Converter::transposed(std::move(value), permutation));
  return converter.set(node, 0, std::move(result));
}

Result<> convert_shape(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const Value value, converter.input(node, 0));
  const auto rank = static_cast<int64_t>(value.shape.size());
  THIMBLE_ASSIGN(int64_t start, node.get_int("start", 0));
  THIMBLE_ASSIGN(int64_t end, node.get_int("end", rank));
  start = std::clamp<int64_t>(start < 0 ? start + rank : start, 0, rank);
  end = std::clamp<int64_t>(end < 0 ? end + rank : end, start, rank);
  const std::vector<int64_t> extents(value.shape.begin() + start, value.shape.begin() + end);
  return converter.set(node, 0,
                       Value::of_constant(int64_constant(
                           node.outputs[0], {static_cast<int32_t>(extents.size())}, extents)));
}

Result<> convert_constant_of_shape(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const std::vector<int64_t> extents, converter.integers_input(node, 0));
  THIMBLE_ASSIGN(const ir::Shape shape, to_shape(extents));
  if (ir::element_count(shape) > kMaxFoldedElements)
    return fail(ErrorCode::kLimit, "a constant of shape {} is too large", ir::shape_text(shape));
  ir::Tensor element = float_constant(node.outputs[0], {}, {0.0f});
  if (const auto found = node.attributes.find("value"); found != node.attributes.end()) {
    const auto* given = std::get_if<ir::Tensor>(&found->second);
    if (!given || given->elements() != 1)
      return fail(ErrorCode::kMalformed, "the attribute value is no single number");
    element = reshaped(*given, {});
  }
  return converter.set(node, 0, Value::of_constant(expanded(element, shape)));
}

Result<> convert_expand(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::vector<int64_t> extents, converter.integers_input(node, 1));
  THIMBLE_ASSIGN(const ir::Shape given, to_shape(extents));
  THIMBLE_ASSIGN(ir::Shape shape, broadcast(value.shape, given));
  if (value.is_constant()) {
    if (ir::element_count(shape) > kMaxFoldedElements || value.constant.quantization.per_channel())
      return fail(ErrorCode::kUnsupported, "this constant cannot be expanded");
    value.constant = expanded(value.constant, shape);
    value.shape = std::move(shape);
  } else if (ir::element_count(shape) != ir::element_count(value.shape)) {
    return fail(ErrorCode::kUnsupported,
                "repeating the elements of an activation is not supported");
  } else {
    return set_reshaped(converter, node, std::move(value), std::move(shape));
  }
  return converter.set(node, 0, std::move(value));
}

}  // namespace thimble::frontend
