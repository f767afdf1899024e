// Constants: onnx::TensorProto to ir::Tensor.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstring>
#include <limits>

#include "base/half.h"
#include "base/text.h"
#include "frontend/onnx/constants.h"
#include "frontend/onnx/network.h"

namespace thimble::frontend {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using onnx::TensorProto;

static_assert(std::endian::native == std::endian::little, "raw data is little endian");

Result<ir::Shape> read_shape(const TensorProto& source) {
  ir::Shape shape;
  for (int64_t extent : source.dims()) {
    if (extent < 0 || extent > std::numeric_limits<int32_t>::max())
      return fail(ErrorCode::kMalformed, "has a dimension of {}", extent);
    shape.push_back(static_cast<int32_t>(extent));
  }
  THIMBLE_TRY(check_extents(shape));
  return shape;
}

template <typename To, typename From>
Bytes packed(size_t count, From element) {
  Bytes bytes(count * sizeof(To));
  for (size_t i = 0; i < count; ++i) {
    const To value = static_cast<To>(element(i));
    std::memcpy(bytes.data() + i * sizeof(To), &value, sizeof(To));
  }
  return bytes;
}

// Elements of type Stored, which are either raw bytes or in a field of the message.
template <typename To, typename Stored, typename Field, typename Convert>
Result<Bytes> read_elements(const TensorProto& source, const Field& field, size_t count,
                            Convert convert) {
  if (source.has_raw_data()) {
    const std::string& raw = source.raw_data();
    if (raw.size() != count * sizeof(Stored))
      return fail(ErrorCode::kMalformed, "needs {} bytes, but has {}", count * sizeof(Stored),
                  raw.size());
    return packed<To>(count, [&](size_t i) {
      Stored value;
      std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
      return convert(value);
    });
  }
  if (static_cast<size_t>(field.size()) != count)
    return fail(ErrorCode::kMalformed, "needs {} elements, but has {}", count, field.size());
  return packed<To>(
      count, [&](size_t i) { return convert(static_cast<Stored>(field[static_cast<int>(i)])); });
}

Result<Bytes> read_data(const TensorProto& source, size_t count) {
  auto same = [](auto value) { return value; };
  switch (source.data_type()) {
    case TensorProto::FLOAT:
      return read_elements<float, float>(source, source.float_data(), count, same);
    case TensorProto::DOUBLE:
      return read_elements<float, double>(source, source.double_data(), count, same);
    case TensorProto::FLOAT16:
      return read_elements<float, uint16_t>(source, source.int32_data(), count,
                                            base::float_of_half);
    case TensorProto::INT8:
      return read_elements<int8_t, int8_t>(source, source.int32_data(), count, same);
    case TensorProto::UINT8:
      return read_elements<uint8_t, uint8_t>(source, source.int32_data(), count, same);
    case TensorProto::INT16:
      return read_elements<int16_t, int16_t>(source, source.int32_data(), count, same);
    case TensorProto::INT32:
      return read_elements<int32_t, int32_t>(source, source.int32_data(), count, same);
    case TensorProto::INT64:
      return read_elements<int64_t, int64_t>(source, source.int64_data(), count, same);
    default:  // read_data_type lets nothing else pass
      return read_elements<uint8_t, uint8_t>(source, source.int32_data(), count,
                                             [](uint8_t value) { return value != 0; });
  }
}

}  // namespace

Result<DataType> read_data_type(int32_t type) {
  switch (type) {
    case TensorProto::FLOAT:
      return DataType::kFloat32;
    case TensorProto::FLOAT16:
      return DataType::kFloat16;
    case TensorProto::INT8:
      return DataType::kInt8;
    case TensorProto::UINT8:
      return DataType::kUInt8;
    case TensorProto::INT16:
      return DataType::kInt16;
    case TensorProto::INT32:
      return DataType::kInt32;
    case TensorProto::INT64:
      return DataType::kInt64;
    case TensorProto::BOOL:
      return DataType::kBool;
    default:
      break;
  }
  if (!TensorProto::DataType_IsValid(type))
    return fail(ErrorCode::kMalformed, "unknown data type {}", type);
  return fail(ErrorCode::kUnsupported, "data type {} is not supported",
              TensorProto::DataType_Name(static_cast<TensorProto::DataType>(type)));
}

Result<ir::Tensor> read_constant(const TensorProto& source) {
  if (source.data_location() == TensorProto::EXTERNAL || source.external_data_size() > 0)
    return base::fail(base::Error(ErrorCode::kUnsupported, "its data is in another file",
                                  "save the network as one file"));
  if (source.has_segment())
    return fail(ErrorCode::kUnsupported, "data in segments is not supported");
  ir::Tensor tensor;
  tensor.name = base::printable(source.name());
  THIMBLE_ASSIGN(tensor.shape, read_shape(source));
  if (source.data_type() == TensorProto::DOUBLE) {
    tensor.type = DataType::kFloat32;
  } else {
    THIMBLE_ASSIGN(tensor.type, read_data_type(source.data_type()));
    if (tensor.type == DataType::kFloat16) tensor.type = DataType::kFloat32;
  }
  THIMBLE_ASSIGN(Bytes data, read_data(source, static_cast<size_t>(tensor.elements())));
  tensor.data = std::make_shared<const Bytes>(std::move(data));
  return tensor;
}

}  // namespace thimble::frontend
