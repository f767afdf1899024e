// QuantizeLinear, DequantizeLinear and Cast.
#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/operators.h"
#include "ops/index_constant.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

ir::Tensor to_int8(const ir::Tensor& unsigned_constant) {
  std::vector<int8_t> values;
  const uint8_t* bytes = unsigned_constant.as<uint8_t>();
  for (int64_t i = 0; i < unsigned_constant.elements(); ++i)
    values.push_back(static_cast<int8_t>(int32_t{bytes[i]} - kUnsignedOffset));
  return int8_constant(unsigned_constant.name, unsigned_constant.shape, values);
}

Result<> set_axis(const OnnxNode& node, const ir::Shape& shape, ir::Quantization& quantization) {
  if (!quantization.per_channel()) return {};
  THIMBLE_ASSIGN(const int64_t given, node.get_int("axis", 1));
  THIMBLE_ASSIGN(const size_t axis, ops::resolve_axis(given, shape.size()));
  if (quantization.scales.size() != static_cast<size_t>(shape[axis]))
    return fail(ErrorCode::kUnsupported, "{} scales do not match dimension {} of shape {}",
                quantization.scales.size(), axis, ir::shape_text(shape));
  quantization.axis = static_cast<int32_t>(axis);
  return {};
}

// The activation `value`, which holds integers, as real numbers.
Result<Value> dequantized(Converter& converter, const OnnxNode& node, Value value,
                          ir::Quantization quantization) {
  if (quantization.per_channel())
    return fail(ErrorCode::kUnsupported, "activations with a scale per channel are not supported");
  value.is_dequantized = true;
  if (converter.tensor(value).type == DataType::kUInt8) {
    ir::Quantization as_given = quantization;
    as_given.zero_points[0] += kUnsignedOffset;
    THIMBLE_TRY(converter.set_quantization(value, as_given));
    THIMBLE_ASSIGN(value.id, converter.add(node, {.op = "QUANTIZE",
                                                  .inputs = {value.id},
                                                  .type = DataType::kInt8,
                                                  .quantization = quantization}));
    return value;
  }
  if (converter.tensor(value).type != DataType::kInt8)
    return fail(ErrorCode::kUnsupported, "activations of type {} are not supported",
                ir::type_name(converter.tensor(value).type));
  THIMBLE_TRY(converter.set_quantization(value, quantization));
  return value;
}

Result<ir::Tensor> quantized_constant(const ir::Tensor& constant,
                                      const ir::Quantization& quantization) {
  THIMBLE_ASSIGN(const std::vector<float> reals, real_values(constant));
  std::vector<int8_t> values;
  for (float real : reals) {
    const double steps = std::nearbyint(double{real} / quantization.scales[0]);
    // NaN becomes the zero point, as nothing better exists.
    const double integer = std::isnan(steps) ? 0 : steps;
    values.push_back(
        static_cast<int8_t>(std::clamp(integer + quantization.zero_points[0], -128.0, 127.0)));
  }
  ir::Tensor result = int8_constant(constant.name, constant.shape, values);
  result.quantization = quantization;
  return result;
}

Result<Value> cast_constant(Value value, DataType to) {
  ir::Tensor& constant = value.constant;
  if (constant.type == to) return value;
  const std::string name = constant.name;
  if (to == DataType::kFloat32) {
    THIMBLE_ASSIGN(const std::vector<int64_t> integers, integer_values(constant));
    constant = float_constant(name, value.shape, {integers.begin(), integers.end()});
    return value;
  }
  if (to != DataType::kInt64 && to != DataType::kInt32)
    return fail(ErrorCode::kUnsupported, "constants become floats or integers, not {}",
                ir::type_name(to));
  std::vector<int64_t> integers;
  if (constant.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(const std::vector<float> reals, real_values(constant));
    for (float real : reals) {
      if (!(std::abs(real) < 0x1p31f))
        return fail(ErrorCode::kUnsupported, "{} does not fit an integer", real);
      integers.push_back(static_cast<int64_t>(real));
    }
  } else {
    THIMBLE_ASSIGN(integers, integer_values(constant));
  }
  // Integers of 32 bits are sizes and indices like those of 64.
  constant = int64_constant(name, value.shape, integers);
  return value;
}

}  // namespace

Result<> convert_quantize_linear(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const ir::Quantization quantization,
                 converter.quantization_of(node, DataType::kUInt8));
  if (quantization.per_channel())
    return fail(ErrorCode::kUnsupported, "activations with a scale per channel are not supported");
  if (value.is_constant()) {
    THIMBLE_ASSIGN(value.constant, quantized_constant(value.constant, quantization));
  } else if (!value.is_dequantized || converter.tensor(value).quantization != quantization) {
    THIMBLE_ASSIGN(value.id, converter.add(node, {.op = "QUANTIZE",
                                                  .inputs = {value.id},
                                                  .type = DataType::kInt8,
                                                  .quantization = quantization}));
  }
  value.is_dequantized = false;
  return converter.set(node, 0, std::move(value));
}

Result<> convert_dequantize_linear(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  if (value.is_dequantized) return fail(ErrorCode::kMalformed, "its input is float");
  // What an earlier QuantizeLinear has made int8 is described as such.
  const DataType type = converter.tensor(value).type;
  THIMBLE_ASSIGN(ir::Quantization quantization, converter.quantization_of(node, type));
  if (!value.is_constant()) {
    THIMBLE_ASSIGN(value, dequantized(converter, node, std::move(value), std::move(quantization)));
  } else {
    if (type != DataType::kInt8 && type != DataType::kUInt8 && type != DataType::kInt32)
      return fail(ErrorCode::kUnsupported, "integers of type {} are not supported",
                  ir::type_name(type));
    if (type == DataType::kUInt8) value.constant = to_int8(value.constant);
    THIMBLE_TRY(set_axis(node, value.shape, quantization));
    value.constant.quantization = std::move(quantization);
    value.is_dequantized = true;
  }
  return converter.set(node, 0, std::move(value));
}

Result<> convert_cast(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const int64_t to, node.get_int("to", 0));
  if (to < 0 || to > std::numeric_limits<int32_t>::max())
    return fail(ErrorCode::kMalformed, "unknown data type {}", to);
  THIMBLE_ASSIGN(const DataType type, read_data_type(static_cast<int32_t>(to)));
  const DataType from = value.is_dequantized ? DataType::kFloat32 : converter.tensor(value).type;
  if (from == type) return converter.set(node, 0, std::move(value));
  if (value.is_constant()) {
    THIMBLE_ASSIGN(value, converter.real(node, std::move(value)));
    THIMBLE_ASSIGN(value, cast_constant(std::move(value), type));
  } else {
    if (type != DataType::kFloat32)
      return fail(ErrorCode::kUnsupported, "activations cannot become {}", ir::type_name(type));
    // The integers themselves as real numbers.
    ir::Quantization integers{.scales = {1.0f}, .zero_points = {0}, .axis = 0};
    if (from == DataType::kUInt8) integers.zero_points[0] = -kUnsignedOffset;
    THIMBLE_ASSIGN(value, dequantized(converter, node, std::move(value), integers));
  }
  return converter.set(node, 0, std::move(value));
}

}  // namespace thimble::frontend
