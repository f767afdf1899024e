#include "frontend/tflite/tensors.h"

#include <cstring>
#include <limits>

#include "frontend/tflite/text.h"

namespace thimble::frontend {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using schema::TensorType;

// More than ir::verify accepts, but few enough to copy without thinking.
constexpr size_t kMaxDimensions = 16;

Result<DataType> data_type(TensorType type) {
  switch (type) {
    case TensorType::FLOAT32:
      return DataType::kFloat32;
    case TensorType::FLOAT16:
      return DataType::kFloat16;
    case TensorType::INT4:  // unpacked as it is read
    case TensorType::INT8:
      return DataType::kInt8;
    case TensorType::UINT8:
      return DataType::kUInt8;
    case TensorType::INT16:
      return DataType::kInt16;
    case TensorType::INT32:
      return DataType::kInt32;
    case TensorType::INT64:
      return DataType::kInt64;
    case TensorType::BOOL:
      return DataType::kBool;
    default:
      break;
  }
  const char* name = schema::EnumNameTensorType(type);
  if (*name == '\0')
    return fail(ErrorCode::kMalformed, "unknown data type {}", static_cast<int>(type));
  return fail(ErrorCode::kUnsupported, "data type {} is not supported", name);
}

// The verifier does not look at the alignment of 8-byte vector elements, so Get() may not be used.
int64_t read_int64(const flatbuffers::Vector<int64_t>& vector, size_t index) {
  int64_t value;
  std::memcpy(&value, vector.Data() + index * sizeof(value), sizeof(value));
  return flatbuffers::EndianScalar(value);
}

Result<ir::Quantization> read_quantization(const schema::QuantizationParameters& source,
                                           Budget& budget) {
  if (source.details_type() != schema::QuantizationDetails::NONE)
    return fail(ErrorCode::kUnsupported,
                "only per-tensor and per-channel quantization are supported, not custom, "
                "block-wise or multi-axis");
  ir::Quantization result;
  if (!source.scale() || source.scale()->size() == 0) return result;
  size_t count = source.scale()->size();
  THIMBLE_TRY(budget.take(count * (sizeof(float) + sizeof(int32_t))));
  result.scales.assign(source.scale()->begin(), source.scale()->end());
  result.axis = source.quantized_dimension();
  result.zero_points.assign(count, 0);
  if (!source.zero_point() || source.zero_point()->size() == 0) return result;
  if (source.zero_point()->size() != count)
    return fail(ErrorCode::kMalformed, "{} scales, but {} zero points", count,
                source.zero_point()->size());
  for (size_t i = 0; i < count; ++i) {
    int64_t zero_point = read_int64(*source.zero_point(), i);
    if (zero_point < std::numeric_limits<int32_t>::min() ||
        zero_point > std::numeric_limits<int32_t>::max())
      return fail(ErrorCode::kMalformed, "the zero point {} does not fit into 32 bits", zero_point);
    result.zero_points[i] = static_cast<int32_t>(zero_point);
  }
  return result;
}

}  // namespace

Result<ir::Tensor> TensorReader::read(const schema::Tensor& source) {
  ir::Tensor tensor;
  tensor.name = clean_text(source.name());
  size_t dimensions = source.shape() ? source.shape()->size() : 0;
  if (dimensions > kMaxDimensions)
    return fail(ErrorCode::kUnsupported, "{} dimensions are too many", dimensions);
  THIMBLE_TRY(budget_.take(tensor.name.size() + dimensions * sizeof(int32_t)));
  if (source.shape()) tensor.shape.assign(source.shape()->begin(), source.shape()->end());
  THIMBLE_ASSIGN(tensor.type, data_type(source.type()));
  tensor.is_variable = source.is_variable();
  if (source.sparsity()) return fail(ErrorCode::kUnsupported, "sparse tensors are not supported");
  if (source.external_buffer() != 0)
    return fail(ErrorCode::kUnsupported, "constants in another file are not supported");
  if (source.quantization()) {
    THIMBLE_ASSIGN(tensor.quantization, read_quantization(*source.quantization(), budget_));
    // Some converters give a depthwise convolution's bias the axis of its weights. With one scale
    // the axis means nothing, and must not make equal quantizations differ.
    if (dimensions == 1 || !tensor.quantization.per_channel()) tensor.quantization.axis = 0;
  }
  THIMBLE_ASSIGN(tensor.data, read_buffer(source.buffer()));
  if (source.type() == TensorType::INT4) {
    THIMBLE_ASSIGN(tensor.data, unpack_int4(tensor));
  }
  return tensor;
}

Result<TensorReader::Constant> TensorReader::unpack_int4(const ir::Tensor& tensor) {
  if (!tensor.data) return fail(ErrorCode::kUnsupported, "INT4 is supported for constants only");
  const Bytes& packed = *tensor.data;
  const size_t most = 2 * packed.size();
  int64_t count = 1;
  for (int32_t extent : tensor.shape)
    count = extent < 1 || count > static_cast<int64_t>(most) ? 0 : count * extent;
  // With an odd number of elements the last half byte is none.
  const bool is_odd = count % 2 != 0 && static_cast<size_t>(count) + 1 == most;
  Constant& constant = unpacked_[{tensor.data, is_odd}];
  if (constant) return constant;
  THIMBLE_TRY(budget_.take(most));
  Bytes elements;
  elements.reserve(most);
  for (std::byte pair : packed)
    for (int shift : {0, 4}) {
      const int nibble = std::to_integer<int>(pair >> shift & std::byte{0xF});
      elements.push_back(static_cast<std::byte>(nibble < 8 ? nibble : nibble - 16));
    }
  if (is_odd) elements.pop_back();
  return constant = std::make_shared<const Bytes>(std::move(elements));
}

Result<TensorReader::Constant> TensorReader::read_buffer(uint32_t index) {
  size_t count = model_.buffers() ? model_.buffers()->size() : 0;
  // Files without any buffer exist: networks without constants.
  if (index == 0 && count == 0) return Constant();
  if (index >= count)
    return fail(ErrorCode::kMalformed, "names buffer {}, but there are {}", index, count);
  THIMBLE_ASSIGN(std::span<const std::byte> bytes, locate(*model_.buffers()->Get(index)));
  if (bytes.empty()) return Constant();
  Constant& constant = constants_[bytes.data()];
  if (!constant || constant->size() != bytes.size()) {
    THIMBLE_TRY(budget_.take(bytes.size()));
    constant = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  }
  return constant;
}

Result<std::span<const std::byte>> TensorReader::locate(const schema::Buffer& buffer) const {
  if (buffer.data() && buffer.data()->size() > 0)
    return std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
  // Offsets 0 and 1 mean that there is none: files above 2 GB are first written with placeholders.
  if (buffer.offset() <= 1) return std::span<const std::byte>();
  if (buffer.offset() > file_.size() || buffer.size() > file_.size() - buffer.offset())
    return fail(ErrorCode::kMalformed, "a constant of {} bytes at offset {} is not inside the file",
                buffer.size(), buffer.offset());
  return file_.subspan(buffer.offset(), buffer.size());
}

}  // namespace thimble::frontend
