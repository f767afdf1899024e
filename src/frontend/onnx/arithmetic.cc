// Arithmetic of two values, element by element.
#include <algorithm>
#include <cmath>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

enum class Arithmetic { kAdd, kSub, kMul, kDiv };

// Before opset 7 the second operand said with which dimension of the first one it begins.
Result<Value> with_axis(Converter& converter, const OnnxNode& node, const Value& a, Value b) {
  if (!node.has("axis")) return b;
  THIMBLE_ASSIGN(const int64_t axis, node.get_int("axis", 0));
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t first = axis < 0 ? axis + rank : axis;
  const int64_t missing = rank - first - static_cast<int64_t>(b.shape.size());
  if (first < 0 || missing < 0)
    return fail(ErrorCode::kMalformed, "axis {} does not fit shapes {} and {}", axis,
                ir::shape_text(a.shape), ir::shape_text(b.shape));
  ir::Shape shape = b.shape;
  shape.insert(shape.end(), static_cast<size_t>(missing), 1);
  return converter.with_shape(node, std::move(b), std::move(shape));
}

Result<int64_t> compute(Arithmetic op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = false;
  switch (op) {
    case Arithmetic::kAdd:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case Arithmetic::kSub:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case Arithmetic::kMul:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case Arithmetic::kDiv:
      overflows = b == 0 || (b == -1 && a == INT64_MIN);
      if (!overflows) result = a / b;
      break;
  }
  if (overflows) return fail(ErrorCode::kMalformed, "{} and {} overflow", a, b);
  return result;
}

float compute(Arithmetic op, float a, float b) {
  switch (op) {
    case Arithmetic::kAdd:
      return a + b;
    case Arithmetic::kSub:
      return a - b;
    case Arithmetic::kMul:
      return a * b;
    case Arithmetic::kDiv:
      return a / b;
  }
  return a;
}

Result<ir::Tensor> fold(Arithmetic op, ir::Tensor a, ir::Tensor b) {
  THIMBLE_ASSIGN(const ir::Shape shape, broadcast(a.shape, b.shape));
  if (ir::element_count(shape) > kMaxFoldedElements)
    return fail(ErrorCode::kLimit, "a constant of shape {} is too large", ir::shape_text(shape));
  a = expanded(a, shape);
  b = expanded(b, shape);
  if (a.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(std::vector<float> x, real_values(a));
    THIMBLE_ASSIGN(const std::vector<float> y, real_values(b));
    for (size_t i = 0; i < x.size(); ++i) x[i] = compute(op, x[i], y[i]);
    return float_constant(a.name, shape, x);
  }
  THIMBLE_ASSIGN(std::vector<int64_t> x, integer_values(a));
  THIMBLE_ASSIGN(const std::vector<int64_t> y, integer_values(b));
  for (size_t i = 0; i < x.size(); ++i) {
    THIMBLE_ASSIGN(x[i], compute(op, x[i], y[i]));
  }
  return int64_constant(a.name, shape, x);
}

Result<> convert_binary(Converter& converter, const OnnxNode& node, Arithmetic op) {
  THIMBLE_ASSIGN(Value a, converter.input(node, 0));
  THIMBLE_ASSIGN(Value b, converter.input(node, 1));
  THIMBLE_ASSIGN(b, with_axis(converter, node, a, std::move(b)));
  if (a.is_constant() && b.is_constant()) {
    THIMBLE_ASSIGN(a, converter.real(node, std::move(a)));
    THIMBLE_ASSIGN(b, converter.real(node, std::move(b)));
    THIMBLE_ASSIGN(ir::Tensor result, fold(op, a.constant, b.constant));
    return converter.set(node, 0, Value::of_constant(std::move(result)));
  }
  const bool may_be_integer =
      op != Arithmetic::kDiv && converter.is_int8(a) && converter.is_int8(b);
  THIMBLE_ASSIGN(const Destination destination, converter.destination(node, may_be_integer));
  if (!destination.is_integer()) {
    THIMBLE_ASSIGN(a, converter.real(node, std::move(a)));
    THIMBLE_ASSIGN(b, converter.real(node, std::move(b)));
  }
  std::string name = op == Arithmetic::kAdd ? "ADD" : op == Arithmetic::kSub ? "SUB" : "MUL";
  if (op == Arithmetic::kDiv) {
    if (!b.is_constant())
      return fail(ErrorCode::kUnsupported, "only division by a constant is supported");
    THIMBLE_ASSIGN(std::vector<float> values, real_values(b.constant));
    for (float& value : values) value = 1 / value;
    b.constant = float_constant(b.constant.name, b.shape, values);
  }
  THIMBLE_ASSIGN(Value result, add_binary(converter, node, std::move(name), std::move(a),
                                          std::move(b), destination));
  return converter.set(destination.name, std::move(result));
}

}  // namespace

Result<> convert_add(Converter& converter, const OnnxNode& node) {
  return convert_binary(converter, node, Arithmetic::kAdd);
}
Result<> convert_sub(Converter& converter, const OnnxNode& node) {
  return convert_binary(converter, node, Arithmetic::kSub);
}
Result<> convert_mul(Converter& converter, const OnnxNode& node) {
  return convert_binary(converter, node, Arithmetic::kMul);
}
Result<> convert_div(Converter& converter, const OnnxNode& node) {
  return convert_binary(converter, node, Arithmetic::kDiv);
}

namespace {

using Combine = Result<Value> (*)(Converter&, const OnnxNode&, const Value&, const Value&);

const Destination kFloats{.name = {}, .quantization = {}};
const Destination kClampedFloats{.name = {}, .activation = "relu", .quantization = {}};

Result<Value> sum(Converter& converter, const OnnxNode& node, const Value& a, const Value& b) {
  return add_binary(converter, node, "ADD", a, b, kFloats);
}

// b + relu(a - b)
Result<Value> maximum(Converter& converter, const OnnxNode& node, const Value& a, const Value& b) {
  THIMBLE_ASSIGN(const Value above, add_binary(converter, node, "SUB", a, b, kClampedFloats));
  return add_binary(converter, node, "ADD", b, above, kFloats);
}

// a - relu(a - b)
Result<Value> minimum(Converter& converter, const OnnxNode& node, const Value& a, const Value& b) {
  THIMBLE_ASSIGN(const Value above, add_binary(converter, node, "SUB", a, b, kClampedFloats));
  return add_binary(converter, node, "SUB", a, above, kFloats);
}

// Any number of operands, one after the other, in floats.
Result<> convert_combination(Converter& converter, const OnnxNode& node, Combine combine) {
  THIMBLE_ASSIGN(Value result, operand(converter, node, 0, kFloats));
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    THIMBLE_ASSIGN(const Value next, operand(converter, node, i, kFloats));
    THIMBLE_ASSIGN(result, combine(converter, node, result, next));
  }
  return converter.set(node, 0, std::move(result));
}

}  // namespace

Result<> convert_sum(Converter& converter, const OnnxNode& node) {
  return convert_combination(converter, node, sum);
}
Result<> convert_max(Converter& converter, const OnnxNode& node) {
  return convert_combination(converter, node, maximum);
}
Result<> convert_min(Converter& converter, const OnnxNode& node) {
  return convert_combination(converter, node, minimum);
}

Result<> convert_neg(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, operand(converter, node, 0, kFloats));
  THIMBLE_ASSIGN(Value result, add_binary(converter, node, "MUL", value, -1.0f));
  return converter.set(node, 0, std::move(result));
}

Result<> convert_sqrt(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const ir::Tensor constant, converter.constant_input(node, 0));
  THIMBLE_ASSIGN(std::vector<float> values, real_values(constant));
  for (float& value : values) value = std::sqrt(value);
  return converter.set(node, 0,
                       Value::of_constant(float_constant(constant.name, constant.shape, values)));
}

}  // namespace thimble::frontend
