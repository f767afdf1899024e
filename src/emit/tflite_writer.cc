#include "emit/tflite_writer.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "emit/explicit_decoding.h"
#include "emit/tflite_operators.h"

namespace thimble::emit {
namespace {

using base::Bytes;
using base::ErrorCode;
using base::Result;
using flatbuffers::Offset;

constexpr uint32_t kSchemaVersion = 3;
constexpr size_t kDataAlignment = 16;
constexpr size_t kMaxFileBytes = (size_t{1} << 31) - 1;

schema::TensorType tensor_type(ir::DataType type) {
  switch (type) {
    case ir::DataType::kFloat32:
      return schema::TensorType::FLOAT32;
    case ir::DataType::kFloat16:
      return schema::TensorType::FLOAT16;
    case ir::DataType::kInt8:
      return schema::TensorType::INT8;
    case ir::DataType::kUInt8:
      return schema::TensorType::UINT8;
    case ir::DataType::kInt16:
      return schema::TensorType::INT16;
    case ir::DataType::kInt32:
      return schema::TensorType::INT32;
    case ir::DataType::kInt64:
      return schema::TensorType::INT64;
    case ir::DataType::kBool:
      return schema::TensorType::BOOL;
  }
  CHECK(false, "data type {}", static_cast<int>(type));
}

// Two elements to a byte, the first in the lower half.
Bytes nibbles(const Bytes& elements) {
  constexpr auto kNibble = std::byte{0xF};
  Bytes packed((elements.size() + 1) / 2);
  for (size_t i = 0; i < elements.size(); ++i)
    packed[i / 2] |= (elements[i] & kNibble) << (4 * (i % 2));
  return packed;
}

// From which version on TensorFlow Lite's operators have INT4 weights (its op_version.cc).
int32_t int4_version(schema::BuiltinOperator code) {
  return code == schema::BuiltinOperator::FULLY_CONNECTED ? 10 : 7;
}

// Writes bottom up, as FlatBuffers are: first the constants, then the tables that refer to them.
class Writer {
 public:
  Writer(const ir::Graph& graph, const TfliteOptions& options, size_t size_hint)
      : graph_(graph), builder_(size_hint) {
    for (ir::TensorId id : options.int4) int4_.insert(graph.tensor(id).data.get());
  }

  Result<Bytes> write() {
    write_buffers();
    for (const ir::Tensor& tensor : graph_.tensors) tensors_.push_back(write_tensor(tensor));
    for (const ir::Node& node : graph_.nodes)
      THIMBLE_TRY_IN(write_operator(node), fmt::format("{} ({})", node.origin, node.op));
    auto subgraph = schema::CreateSubGraphDirect(builder_, &tensors_, &graph_.inputs,
                                                 &graph_.outputs, &operators_);
    std::vector<Offset<schema::SubGraph>> subgraphs = {subgraph};
    schema::FinishModelBuffer(builder_, schema::CreateModelDirect(builder_, kSchemaVersion, &codes_,
                                                                  &subgraphs, &buffers_));
    auto bytes = std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize()));
    return Bytes(bytes.begin(), bytes.end());
  }

 private:
  // Buffer 0 is empty: that of every tensor that is not a constant.
  void write_buffers() {
    buffers_.push_back(schema::CreateBuffer(builder_));
    for (const ir::Tensor& tensor : graph_.tensors) {
      if (!tensor.is_constant()) continue;
      auto [entry, is_new] = buffer_of_.try_emplace(tensor.data.get(), buffers_.size());
      if (!is_new) continue;
      const Bytes packed = int4_.contains(tensor.data.get()) ? nibbles(*tensor.data) : Bytes();
      const Bytes& data = packed.empty() ? *tensor.data : packed;
      builder_.ForceVectorAlignment(data.size(), 1, kDataAlignment);
      auto vector =
          builder_.CreateVector(reinterpret_cast<const uint8_t*>(data.data()), data.size());
      buffers_.push_back(schema::CreateBuffer(builder_, vector));
    }
  }

  Offset<schema::Tensor> write_tensor(const ir::Tensor& tensor) {
    const auto buffer =
        tensor.is_constant() ? static_cast<uint32_t>(buffer_of_.at(tensor.data.get())) : 0;
    Offset<schema::QuantizationParameters> quantization;
    if (const ir::Quantization& q = tensor.quantization; q.present()) {
      std::vector<int64_t> zero_points(q.zero_points.begin(), q.zero_points.end());
      quantization = schema::CreateQuantizationParametersDirect(
          builder_, &q.scales, &zero_points, schema::QuantizationDetails::NONE, 0, q.axis);
    }
    const bool is_int4 = tensor.is_constant() && int4_.contains(tensor.data.get());
    const schema::TensorType type = is_int4 ? schema::TensorType::INT4 : tensor_type(tensor.type);
    return schema::CreateTensorDirect(builder_, &tensor.shape, type, buffer, tensor.name.c_str(),
                                      quantization, tensor.is_variable);
  }

  Result<> write_operator(const ir::Node& node) {
    THIMBLE_ASSIGN(TfliteOperator op, tflite_operator(graph_, node));
    const auto is_int4 = [this](ir::TensorId id) {
      return id != ir::kNoTensor && int4_.contains(graph_.tensor(id).data.get());
    };
    if (std::ranges::any_of(node.inputs, is_int4))
      op.version = std::max(op.version, int4_version(op.code));
    const uint32_t code = operator_code(op.code, op.version);
    operators_.push_back(schema::CreateOperatorDirect(builder_, code, &node.inputs, &node.outputs,
                                                      op.options.type, op.options.Pack(builder_)));
    return {};
  }

  // The index of this code and version, added at its first use.
  uint32_t operator_code(schema::BuiltinOperator code, int32_t version) {
    auto [entry, is_new] =
        code_of_.try_emplace({code, version}, static_cast<uint32_t>(codes_.size()));
    if (is_new) {
      // Old readers know only the field of one byte, in which 127 says: look at the other.
      const auto byte_code = static_cast<int8_t>(std::min(static_cast<int32_t>(code), 127));
      codes_.push_back(schema::CreateOperatorCode(builder_, byte_code, 0, version, code));
    }
    return entry->second;
  }

  const ir::Graph& graph_;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<Offset<schema::Buffer>> buffers_;
  std::vector<Offset<schema::Tensor>> tensors_;
  std::vector<Offset<schema::OperatorCode>> codes_;
  std::vector<Offset<schema::Operator>> operators_;
  std::set<const Bytes*> int4_;  // constants of four bits
  std::map<const Bytes*, size_t> buffer_of_;
  std::map<std::pair<schema::BuiltinOperator, int32_t>, uint32_t> code_of_;
};

// What the file will take at most, so that the builder never has to grow, which copies.
size_t upper_bound_bytes(const ir::Graph& graph) {
  constexpr size_t kPerTable = 256;  // of a tensor or operator without what is counted here
  size_t bytes = 4096 + graph.nodes.size() * kPerTable;
  for (const ir::Tensor& tensor : graph.tensors) {
    bytes += kPerTable + tensor.name.size() + tensor.quantization.scales.size() * 12;
    if (tensor.is_constant()) bytes += tensor.data->size();
  }
  return bytes;
}

}  // namespace

Result<Bytes> write_tflite(const ir::Graph& graph, const TfliteOptions& options) {
  const ir::Graph written = with_explicit_decoding(graph);
  const size_t bytes = upper_bound_bytes(written);
  if (bytes > kMaxFileBytes)
    return base::fail(ErrorCode::kLimit,
                      "the network takes more than {} bytes, which .tflite "
                      "files cannot hold",
                      kMaxFileBytes);
  return Writer(written, options, bytes).write();
}

}  // namespace thimble::emit
