#include "frontend/onnx/nodes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/onnx/constants.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using ir::TensorId;

// Dimensions of 1 in front, up to a rank.
Value with_rank(Value value, size_t rank) {
  value.shape.insert(value.shape.begin(), rank - value.shape.size(), 1);
  if (value.is_constant()) value.constant.shape = value.shape;
  return value;
}

ir::Shape without_ones(const ir::Shape& shape) {
  ir::Shape result;
  std::ranges::copy_if(shape, std::back_inserter(result),
                       [](int32_t extent) { return extent > 1; });
  return result;
}

// A constant operand for a tensor of shape `stored`, whose larger dimensions are those of `value`:
// so that the tensor need not be reshaped first. `constant` has the dimensions of `value`, or 1.
std::optional<ir::Tensor> fitted_constant(const ir::Tensor& constant, const Value& value,
                                          const ir::Shape& stored) {
  const Order order = Converter::order_of(value);
  const ir::Shape lying = permuted(value.shape, order);
  if (!value.layout.lies_in(value.shape, order) || without_ones(lying) != without_ones(stored))
    return std::nullopt;
  ir::Tensor result = permuted(constant, order);
  ir::Shape shape;
  size_t next = 0;
  for (int32_t extent : stored) {
    if (extent == 1) {
      shape.push_back(1);
      continue;
    }
    while (lying[next] == 1) ++next;
    shape.push_back(result.shape[next++]);
  }
  // What broadcasts anyway.
  while (shape.size() > 1 && shape[0] == 1) shape.erase(shape.begin());
  result.shape = shape;
  return result;
}

}  // namespace

Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op, Value a,
                         Value b, const Destination& destination) {
  THIMBLE_ASSIGN(const ir::Shape shape, broadcast(a.shape, b.shape));
  a = with_rank(std::move(a), shape.size());
  b = with_rank(std::move(b), shape.size());
  // The operand that the other one follows.
  const bool a_leads = !a.is_constant() && (a.shape == shape || b.is_constant());
  const Value& leader = a_leads ? a : b;
  const Value& other = a_leads ? b : a;
  NewNode node{.op = std::move(op),
               .inputs = {},
               .attributes = {{"activation", destination.activation}},
               .type = destination.type(),
               .quantization = destination.quantization};
  Value result;
  std::optional<ir::Tensor> constant;
  if (other.is_constant() && !leader.is_constant() && leader.shape == shape)
    constant = fitted_constant(other.constant, leader, converter.tensor(leader).shape);
  if (constant) {
    const TensorId id = converter.add_constant(std::move(*constant));
    node.inputs = a_leads ? std::vector{leader.id, id} : std::vector{id, leader.id};
    result = leader;
  } else {
    const Order order = Converter::order_of(leader);
    for (const Value* value : {&a, &b}) {
      THIMBLE_ASSIGN(const TensorId id, converter.arranged(source, *value, order));
      node.inputs.push_back(id);
    }
    result = Converter::value_of(ir::kNoTensor, shape, order);
  }
  result.is_image = a.is_image || b.is_image;
  result.is_dequantized = false;
  THIMBLE_ASSIGN(result.id, converter.add(source, std::move(node)));
  return result;
}

Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op,
                         const Value& a, float b, std::string activation) {
  return add_binary(converter, source, std::move(op), a,
                    Value::of_constant(float_constant(source.outputs[0] + "/operand", {}, {b})),
                    {.name = {}, .activation = std::move(activation), .quantization = {}});
}

Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op, float a,
                         const Value& b, std::string activation) {
  return add_binary(converter, source, std::move(op),
                    Value::of_constant(float_constant(source.outputs[0] + "/operand", {}, {a})), b,
                    {.name = {}, .activation = std::move(activation), .quantization = {}});
}

Result<Value> add_unary(Converter& converter, const OnnxNode& source, std::string op, Value value,
                        ir::Attributes attributes, const Destination& destination) {
  if (value.is_constant()) {
    const TensorId id = converter.add_constant(value.constant);
    value = Converter::value_of(id, value.shape);
  }
  THIMBLE_ASSIGN(value.id, converter.add(source, {.op = std::move(op),
                                                  .inputs = {value.id},
                                                  .attributes = std::move(attributes),
                                                  .type = destination.type(),
                                                  .quantization = destination.quantization}));
  value.is_dequantized = false;
  return value;
}

Result<Value> operand(Converter& converter, const OnnxNode& node, size_t i,
                      const Destination& destination) {
  THIMBLE_ASSIGN(Value value, converter.input(node, i));
  if (destination.is_integer()) return value;
  return converter.real(node, std::move(value));
}

Result<TensorId> requantized(Converter& converter, const OnnxNode& source, TensorId id,
                             const ir::Quantization& quantization) {
  if (converter.graph().tensor(id).quantization == quantization) return id;
  return converter.add(
      source,
      {.op = "QUANTIZE", .inputs = {id}, .type = DataType::kInt8, .quantization = quantization});
}

Result<ir::Tensor> integer_bias(const Value& bias, float input_scale,
                                const ir::Quantization& weights, size_t channels) {
  if (static_cast<size_t>(bias.constant.elements()) != channels)
    return fail(ErrorCode::kMalformed, "the bias has {} elements, expected {}",
                bias.constant.elements(), channels);
  ir::Quantization product{.scales = {}, .zero_points = {}, .axis = 0};
  for (float scale : weights.scales)  // a scale must not be 0
    product.scales.push_back(
        std::max(input_scale * scale, std::numeric_limits<float>::denorm_min()));
  product.zero_points.assign(product.scales.size(), 0);

  // The integers as they are, if they are meant so.
  const ir::Quantization& own = bias.constant.quantization;
  bool as_they_are = bias.constant.type == DataType::kInt32;
  constexpr float kScaleTolerance = 1e-4f;  // files round the product
  for (size_t c = 0; c < own.scales.size() && as_they_are; ++c) {
    const float expected = product.scales[product.scales.size() == 1 ? 0 : c];
    as_they_are = own.zero_points[c] == 0 &&
                  (own.scales.size() == 1 || own.scales.size() == channels) &&
                  std::abs(own.scales[c] - expected) <= kScaleTolerance * expected;
  }
  if (own.scales.size() == 1 && product.scales.size() > 1) as_they_are = false;

  std::vector<int32_t> values;
  if (as_they_are) {
    values.assign(bias.constant.as<int32_t>(), bias.constant.as<int32_t>() + channels);
  } else {
    THIMBLE_ASSIGN(const std::vector<float> reals, real_values(bias.constant));
    for (size_t c = 0; c < channels; ++c) {
      const double steps =
          std::nearbyint(double{reals[c]} / product.scales[product.scales.size() == 1 ? 0 : c]);
      constexpr double kMax = std::numeric_limits<int32_t>::max();
      if (!(std::abs(steps) <= kMax))
        return fail(ErrorCode::kUnsupported, "the bias {} does not fit 32 bits", reals[c]);
      values.push_back(static_cast<int32_t>(steps));
    }
  }
  ir::Tensor result = int32_constant(bias.constant.name, {static_cast<int32_t>(channels)}, values);
  result.quantization = std::move(product);
  return result;
}

Result<TensorId> add_pad(Converter& converter, const OnnxNode& source, TensorId id,
                         const std::vector<int32_t>& paddings, std::optional<float> number) {
  if (std::ranges::all_of(paddings, [](int32_t padding) { return padding == 0; })) return id;
  const DataType type = converter.graph().tensor(id).type;
  const ir::Quantization quantization = converter.graph().tensor(id).quantization;
  NewNode node{.op = number ? "PADV2" : "PAD",
               .inputs = {id, converter.add_constant(int32_constant(
                                  source.outputs[0] + "/paddings",
                                  {static_cast<int32_t>(paddings.size() / 2), 2}, paddings))},
               .type = type,
               .quantization = quantization};
  if (number && type == DataType::kFloat32) {
    node.inputs.push_back(
        converter.add_constant(float_constant(source.outputs[0] + "/border", {}, {*number})));
  } else if (number) {
    if (type != DataType::kInt8 || quantization.scales.size() != 1)
      return fail(ErrorCode::kUnsupported, "a border around integers without a scale");
    // Integers get the nearest that they have.
    const float steps = std::clamp(
        *number / quantization.scales[0] + static_cast<float>(quantization.zero_points[0]), -128.0f,
        127.0f);
    ir::Tensor border =
        int8_constant(source.outputs[0] + "/border", {}, {static_cast<int8_t>(std::lround(steps))});
    border.quantization = quantization;
    node.inputs.push_back(converter.add_constant(std::move(border)));
  }
  return converter.add(source, std::move(node));
}

Result<TensorId> add_slice(Converter& converter, const OnnxNode& source, TensorId id,
                           const std::vector<SliceRange>& ranges) {
  std::vector<int32_t> begins, ends, steps;
  int64_t to_end = 0;  // backwards to the first element: no number says that
  for (size_t d = 0; d < ranges.size(); ++d) {
    begins.push_back(ranges[d].begin);
    ends.push_back(std::max(ranges[d].end, 0));
    steps.push_back(ranges[d].step);
    if (ranges[d].end < 0) to_end |= int64_t{1} << d;
  }
  const auto rank = static_cast<int32_t>(ranges.size());
  const std::string name = source.outputs[0];
  const DataType type = converter.graph().tensor(id).type;
  const ir::Quantization quantization = converter.graph().tensor(id).quantization;
  NewNode node{.op = "STRIDED_SLICE",
               .inputs = {id},
               .attributes = {{"begin_mask", int64_t{0}},
                              {"end_mask", to_end},
                              {"ellipsis_mask", int64_t{0}},
                              {"new_axis_mask", int64_t{0}},
                              {"shrink_axis_mask", int64_t{0}}},
               .type = type,
               .quantization = quantization};
  for (const auto& [suffix, values] :
       {std::pair{"/begin", begins}, {"/end", ends}, {"/step", steps}})
    node.inputs.push_back(converter.add_constant(int32_constant(name + suffix, {rank}, values)));
  return converter.add(source, std::move(node));
}

}  // namespace thimble::frontend
