// Activations, element by element, and Softmax.
#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"
#include "ops/index_constant.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

const Destination kFloats{.name = {}, .quantization = {}};

// The node as an operator of ours that gives integers any scale.
Result<> convert_unary(Converter& converter, const OnnxNode& node, std::string op,
                       ir::Attributes attributes) {
  THIMBLE_ASSIGN(const Value input, converter.input(node, 0));
  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, converter.is_int8(input), false));
  THIMBLE_ASSIGN(Value value, operand(converter, node, 0, destination));
  THIMBLE_ASSIGN(value, add_unary(converter, node, std::move(op), std::move(value),
                                  std::move(attributes), destination));
  return converter.set(destination.name, std::move(value));
}

// The node as an operator of ours that gives integers a scale of its own.
Result<> convert_bounded(Converter& converter, const OnnxNode& node, std::string op,
                         const ir::Quantization& own) {
  THIMBLE_ASSIGN(const Value input, converter.input(node, 0));
  Destination destination;
  THIMBLE_ASSIGN(destination, converter.destination(node, converter.is_int8(input), false));
  const ir::Quantization wanted = destination.quantization;
  if (destination.is_integer()) destination.quantization = own;
  THIMBLE_ASSIGN(Value value, operand(converter, node, 0, destination));
  THIMBLE_ASSIGN(value,
                 add_unary(converter, node, std::move(op), std::move(value), {}, destination));
  if (destination.is_integer()) {
    THIMBLE_ASSIGN(value.id, requantized(converter, node, value.id, wanted));
  }
  return converter.set(destination.name, std::move(value));
}

// min(max(x, min), max) with the clamps that our operators have.
Result<Value> clipped(Converter& converter, const OnnxNode& node, Value value, ClipBounds bounds) {
  if (bounds.is_relu()) return add_unary(converter, node, "RELU", std::move(value), {}, kFloats);
  if (bounds.is_relu6()) return add_unary(converter, node, "RELU6", std::move(value), {}, kFloats);
  if (bounds.min && bounds.max) {
    // max - relu((max - min) - relu(x - min))
    THIMBLE_ASSIGN(value, add_binary(converter, node, "SUB", value, *bounds.min, "relu"));
    THIMBLE_ASSIGN(value,
                   add_binary(converter, node, "SUB", *bounds.max - *bounds.min, value, "relu"));
    return add_binary(converter, node, "SUB", *bounds.max, value);
  }
  if (bounds.min) {  // relu(x - min) + min
    THIMBLE_ASSIGN(value, add_binary(converter, node, "SUB", value, *bounds.min, "relu"));
    return add_binary(converter, node, "ADD", value, *bounds.min);
  }
  if (bounds.max) {  // max - relu(max - x)
    THIMBLE_ASSIGN(value, add_binary(converter, node, "SUB", *bounds.max, value, "relu"));
    return add_binary(converter, node, "SUB", *bounds.max, value);
  }
  return value;
}

// relu6(6 (alpha x + beta)) / 6, which lies between 0 and 1; times `factor`, if there is one.
Result<Value> hard_sigmoid(Converter& converter, const OnnxNode& node, const Value& x, float alpha,
                           float beta, const Value* factor) {
  Value value = x;
  // For the usual alpha of 1/6 this product is 1.
  if (std::abs(6 * alpha - 1) > 1e-6f) {
    THIMBLE_ASSIGN(value, add_binary(converter, node, "MUL", value, 6 * alpha));
  }
  THIMBLE_ASSIGN(value, add_binary(converter, node, "ADD", value, 6 * beta, "relu6"));
  if (factor) {
    THIMBLE_ASSIGN(value, add_binary(converter, node, "MUL", value, *factor, kFloats));
  }
  return add_binary(converter, node, "MUL", value, 1.0f / 6);
}

Result<std::optional<float>> bound(const Converter& converter, const OnnxNode& node, size_t input,
                                   std::string_view attribute) {
  if (node.has(attribute)) {
    THIMBLE_ASSIGN(const float value, node.get_float(attribute, 0));
    return value;
  }
  if (!node.has_input(input)) return std::nullopt;
  THIMBLE_ASSIGN(const ir::Tensor constant, converter.constant_input(node, input));
  THIMBLE_ASSIGN(const std::vector<float> values, real_values(constant));
  if (values.size() != 1)
    return fail(ErrorCode::kMalformed, "a bound has {} elements", values.size());
  return values[0];
}

// SOFTMAX over the last dimension of a tensor.
Result<ir::TensorId> add_softmax(Converter& converter, const OnnxNode& node, ir::TensorId id,
                                 const Destination& destination) {
  constexpr float kScaleTolerance = 1e-3f;
  const ir::Attributes attributes{{"beta", 1.0}};
  if (!destination.is_integer())
    return converter.add(node, {.op = "SOFTMAX", .inputs = {id}, .attributes = attributes});
  const ir::Quantization own{.scales = {1.0f / 256}, .zero_points = {-128}, .axis = 0};
  const ir::Quantization& wanted = destination.quantization;
  if (std::abs(wanted.scales[0] - own.scales[0]) <= kScaleTolerance * own.scales[0] &&
      wanted.zero_points == own.zero_points)
    return converter.add(node, {.op = "SOFTMAX",
                                .inputs = {id},
                                .attributes = attributes,
                                .type = DataType::kInt8,
                                .quantization = wanted});
  // Steps of 2^-16 lose nothing that the wanted ones could tell.
  const ir::Quantization fine{.scales = {1.0f / 65536}, .zero_points = {-32768}, .axis = 0};
  THIMBLE_ASSIGN(id, converter.add(node, {.op = "SOFTMAX",
                                          .inputs = {id},
                                          .attributes = attributes,
                                          .type = DataType::kInt16,
                                          .quantization = fine}));
  return requantized(converter, node, id, wanted);
}

}  // namespace

Result<ClipBounds> read_clip_bounds(const Converter& converter, const OnnxNode& node) {
  ClipBounds bounds;
  THIMBLE_ASSIGN(bounds.min, bound(converter, node, 1, "min"));
  THIMBLE_ASSIGN(bounds.max, bound(converter, node, 2, "max"));
  constexpr float kMax = std::numeric_limits<float>::max();
  for (const std::optional<float>& value : {bounds.min, bounds.max})
    if (value && std::isnan(*value)) return fail(ErrorCode::kMalformed, "a bound is no number");
  if (bounds.min && *bounds.min <= -kMax) bounds.min.reset();
  if (bounds.max && *bounds.max >= kMax) bounds.max.reset();
  if (bounds.min && bounds.max && *bounds.min > *bounds.max)
    return fail(ErrorCode::kUnsupported, "the bounds {} and {} are the wrong way around",
                *bounds.min, *bounds.max);
  return bounds;
}

Result<> convert_relu(Converter& converter, const OnnxNode& node) {
  return convert_unary(converter, node, "RELU", {});
}

Result<> convert_clip(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const ClipBounds bounds, read_clip_bounds(converter, node));
  if (bounds.is_relu()) return convert_unary(converter, node, "RELU", {});
  if (bounds.is_relu6()) return convert_unary(converter, node, "RELU6", {});
  THIMBLE_ASSIGN(Value value, operand(converter, node, 0, kFloats));
  THIMBLE_ASSIGN(value, clipped(converter, node, std::move(value), bounds));
  return converter.set(node, 0, std::move(value));
}

Result<> convert_leaky_relu(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const float alpha, node.get_float("alpha", 0.01f));
  return convert_unary(converter, node, "LEAKY_RELU", {{"alpha", double{alpha}}});
}

// relu(x) + slope (x - relu(x)); one slope for all is a LEAKY_RELU.
Result<> convert_p_relu(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const ir::Tensor constant, converter.constant_input(node, 1));
  THIMBLE_ASSIGN(const std::vector<float> slopes, real_values(constant));
  if (slopes.empty()) return fail(ErrorCode::kMalformed, "has no slope");
  if (std::ranges::all_of(slopes, [&](float slope) { return slope == slopes[0]; }))
    return convert_unary(converter, node, "LEAKY_RELU", {{"alpha", double{slopes[0]}}});
  THIMBLE_ASSIGN(const Value x, operand(converter, node, 0, kFloats));
  const Value slope = Value::of_constant(float_constant(constant.name, constant.shape, slopes));
  THIMBLE_ASSIGN(const Value positive, add_unary(converter, node, "RELU", x, {}, kFloats));
  THIMBLE_ASSIGN(Value negative, add_binary(converter, node, "SUB", x, positive, kFloats));
  THIMBLE_ASSIGN(negative, add_binary(converter, node, "MUL", negative, slope, kFloats));
  THIMBLE_ASSIGN(Value result, add_binary(converter, node, "ADD", positive, negative, kFloats));
  return converter.set(node, 0, std::move(result));
}

Result<> convert_sigmoid(Converter& converter, const OnnxNode& node) {
  return convert_bounded(converter, node, "LOGISTIC",
                         {.scales = {1.0f / 256}, .zero_points = {-128}, .axis = 0});
}

Result<> convert_tanh(Converter& converter, const OnnxNode& node) {
  return convert_bounded(converter, node, "TANH",
                         {.scales = {1.0f / 128}, .zero_points = {0}, .axis = 0});
}

Result<> convert_hard_sigmoid(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const float alpha, node.get_float("alpha", 0.2f));
  THIMBLE_ASSIGN(const float beta, node.get_float("beta", 0.5f));
  THIMBLE_ASSIGN(const Value x, operand(converter, node, 0, kFloats));
  THIMBLE_ASSIGN(Value value, hard_sigmoid(converter, node, x, alpha, beta, nullptr));
  return converter.set(node, 0, std::move(value));
}

Result<> convert_hard_swish(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const Value x, operand(converter, node, 0, kFloats));
  THIMBLE_ASSIGN(Value value, hard_sigmoid(converter, node, x, 1.0f / 6, 0.5f, &x));
  return converter.set(node, 0, std::move(value));
}

Result<> convert_softmax(Converter& converter, const OnnxNode& node) {
  // From opset 13 on over one dimension; before, over all from one on.
  const bool over_one = converter.opset() >= 13;
  THIMBLE_ASSIGN(const int64_t given, node.get_int("axis", over_one ? -1 : 1));
  THIMBLE_ASSIGN(const Value input, converter.input(node, 0));
  THIMBLE_ASSIGN(const size_t axis, ops::resolve_axis(given, input.shape.size()));
  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, converter.is_int8(input), false));
  THIMBLE_ASSIGN(Value value, operand(converter, node, 0, destination));
  if (!over_one) {
    const auto at = value.shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const ir::Shape before(value.shape.begin(), at), after(at, value.shape.end());
    THIMBLE_ASSIGN(value, converter.with_shape(node, std::move(value),
                                               {static_cast<int32_t>(ir::element_count(before)),
                                                static_cast<int32_t>(ir::element_count(after))}));
  }
  const int32_t last = over_one ? static_cast<int32_t>(axis) : 1;
  Order order = Converter::order_of(value);
  std::erase(order, last);
  order.push_back(last);
  THIMBLE_ASSIGN(ir::TensorId id, converter.arranged(node, value, order));
  THIMBLE_ASSIGN(id, add_softmax(converter, node, id, destination));
  Value result = Converter::value_of(id, value.shape, order);
  result.is_image = input.is_image;
  THIMBLE_ASSIGN(result, converter.with_shape(node, std::move(result), input.shape));
  return converter.set(destination.name, std::move(result));
}

}  // namespace thimble::frontend
