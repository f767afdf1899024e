#include "frontend/onnx/constants.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace thimble::frontend {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

template <typename T>
ir::Tensor make_constant(std::string name, DataType type, ir::Shape shape,
                         const std::vector<T>& values) {
  ir::Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = std::move(shape);
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  return tensor;
}

template <typename T>
std::vector<int64_t> widened(const ir::Tensor& constant) {
  return {constant.as<T>(), constant.as<T>() + constant.elements()};
}

// Elements from one index of dimension `axis` to the next.
int64_t stride(const ir::Shape& shape, size_t axis) {
  int64_t result = 1;
  for (size_t d = axis + 1; d < shape.size(); ++d) result *= shape[d];
  return result;
}

// Copies elements into a constant of shape `shape`; `from` gives, by dimension, the step in the
// source from one index to the next.
ir::Tensor gathered(const ir::Tensor& source, ir::Shape shape, const std::vector<int64_t>& from) {
  ir::Tensor result = source;
  result.shape = std::move(shape);
  const size_t element = ir::type_bytes(source.type);
  Bytes bytes(result.bytes());
  std::vector<int32_t> at(result.shape.size(), 0);
  int64_t position = 0;
  for (size_t offset = 0; offset < bytes.size(); offset += element) {
    std::memcpy(bytes.data() + offset,
                source.data->data() + static_cast<size_t>(position) * element, element);
    for (size_t d = at.size(); d-- > 0;) {
      position += from[d];
      if (++at[d] < result.shape[d]) break;
      position -= from[d] * result.shape[d];
      at[d] = 0;
    }
  }
  result.data = std::make_shared<const Bytes>(std::move(bytes));
  return result;
}

}  // namespace

ir::Tensor float_constant(std::string name, ir::Shape shape, const std::vector<float>& values) {
  return make_constant(std::move(name), DataType::kFloat32, std::move(shape), values);
}
ir::Tensor int8_constant(std::string name, ir::Shape shape, const std::vector<int8_t>& values) {
  return make_constant(std::move(name), DataType::kInt8, std::move(shape), values);
}
ir::Tensor int32_constant(std::string name, ir::Shape shape, const std::vector<int32_t>& values) {
  return make_constant(std::move(name), DataType::kInt32, std::move(shape), values);
}
ir::Tensor int64_constant(std::string name, ir::Shape shape, const std::vector<int64_t>& values) {
  return make_constant(std::move(name), DataType::kInt64, std::move(shape), values);
}

Result<std::vector<int64_t>> integer_values(const ir::Tensor& constant) {
  switch (constant.type) {
    case DataType::kInt8:
      return widened<int8_t>(constant);
    case DataType::kUInt8:
    case DataType::kBool:
      return widened<uint8_t>(constant);
    case DataType::kInt16:
      return widened<int16_t>(constant);
    case DataType::kInt32:
      return widened<int32_t>(constant);
    case DataType::kInt64:
      return widened<int64_t>(constant);
    default:
      return fail(ErrorCode::kUnsupported, "{} holds {}, expected integers", constant.name,
                  ir::type_name(constant.type));
  }
}

Result<std::vector<float>> real_values(const ir::Tensor& constant) {
  if (constant.type == DataType::kFloat32)
    return std::vector<float>(constant.as<float>(), constant.as<float>() + constant.elements());
  const ir::Quantization& q = constant.quantization;
  if (!q.present())
    return fail(ErrorCode::kUnsupported, "{} holds {}, expected floats", constant.name,
                ir::type_name(constant.type));
  THIMBLE_ASSIGN(const std::vector<int64_t> integers, integer_values(constant));
  const auto axis = static_cast<size_t>(q.axis);
  const int64_t inner = q.per_channel() ? stride(constant.shape, axis) : 1;
  std::vector<float> values;
  values.reserve(integers.size());
  for (size_t i = 0; i < integers.size(); ++i) {
    const size_t channel =
        q.per_channel() ? static_cast<size_t>(static_cast<int64_t>(i) / inner) % q.scales.size()
                        : 0;
    values.push_back(static_cast<float>(integers[i] - q.zero_points[channel]) * q.scales[channel]);
  }
  return values;
}

ir::Tensor permuted(const ir::Tensor& constant, const Order& order) {
  std::vector<int64_t> from;
  for (int32_t d : order) from.push_back(stride(constant.shape, static_cast<size_t>(d)));
  ir::Tensor result = gathered(constant, permuted(constant.shape, order), from);
  if (constant.quantization.per_channel())
    result.quantization.axis =
        static_cast<int32_t>(std::ranges::find(order, constant.quantization.axis) - order.begin());
  return result;
}

ir::Tensor reshaped(ir::Tensor constant, ir::Shape shape) {
  constant.shape = std::move(shape);
  return constant;
}

ir::Tensor picked(const ir::Tensor& constant, size_t axis, std::span<const int64_t> indices) {
  ir::Tensor result = constant;
  result.shape[axis] = static_cast<int32_t>(indices.size());
  const size_t block =
      static_cast<size_t>(stride(constant.shape, axis)) * ir::type_bytes(constant.type);
  const size_t step = block * static_cast<size_t>(constant.shape[axis]);
  Bytes bytes;
  bytes.reserve(result.bytes());
  for (size_t outer = 0; outer < constant.data->size(); outer += step)
    for (int64_t index : indices) {
      const auto first = constant.data->begin() +
                         static_cast<std::ptrdiff_t>(outer + static_cast<size_t>(index) * block);
      bytes.insert(bytes.end(), first, first + static_cast<std::ptrdiff_t>(block));
    }
  result.data = std::make_shared<const Bytes>(std::move(bytes));
  ir::Quantization& q = result.quantization;
  if (q.per_channel() && static_cast<size_t>(q.axis) == axis) {
    const ir::Quantization all = q;
    q.scales.clear();
    q.zero_points.clear();
    for (int64_t index : indices) {
      q.scales.push_back(all.scales[static_cast<size_t>(index)]);
      q.zero_points.push_back(all.zero_points[static_cast<size_t>(index)]);
    }
  }
  return result;
}

ir::Tensor expanded(const ir::Tensor& constant, const ir::Shape& shape) {
  std::vector<int64_t> from(shape.size(), 0);
  const size_t missing = shape.size() - constant.shape.size();
  for (size_t d = 0; d < constant.shape.size(); ++d)
    if (constant.shape[d] > 1) from[missing + d] = stride(constant.shape, d);
  return gathered(constant, shape, from);
}

Result<> check_extents(const ir::Shape& shape) {
  int64_t elements = 1;
  for (int32_t extent : shape) {
    if (extent < 0) return fail(ErrorCode::kMalformed, "an extent of {}", extent);
    elements *= std::max(extent, 1);
    if (elements > std::numeric_limits<int32_t>::max())
      return fail(ErrorCode::kLimit, "shape {} has more than 2^31 - 1 elements",
                  ir::shape_text(shape));
  }
  return {};
}

Result<ir::Shape> broadcast(const ir::Shape& a, const ir::Shape& b) {
  ir::Shape result(std::max(a.size(), b.size()), 1);
  for (size_t d = 0; d < result.size(); ++d) {
    // Counted from the last dimension.
    const int32_t in_a = d < a.size() ? a[a.size() - 1 - d] : 1;
    const int32_t in_b = d < b.size() ? b[b.size() - 1 - d] : 1;
    if (in_a != in_b && in_a != 1 && in_b != 1)
      return fail(ErrorCode::kMalformed, "shapes {} and {} do not fit together", ir::shape_text(a),
                  ir::shape_text(b));
    result[result.size() - 1 - d] = in_a == 1 ? in_b : in_a;
  }
  THIMBLE_TRY(check_extents(result));
  return result;
}

}  // namespace thimble::frontend
