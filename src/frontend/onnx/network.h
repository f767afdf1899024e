// An ONNX network as plain data: what the file says, without protobuf and without knowing what any
// operator means. Values have names; data is NCHW.
//
// Everything is copied, nothing refers to the file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ir/tensor.h"

namespace onnx {
class ModelProto;
class TensorProto;
}  // namespace onnx

namespace thimble::frontend {

// An attribute that no supported operator has: a graph, a sequence, a sparse tensor.
struct OtherAttribute {};

using OnnxAttribute = std::variant<int64_t, float, std::string, std::vector<int64_t>,
                                   std::vector<float>, ir::Tensor, OtherAttribute>;

struct OnnxNode {
  std::string op;  // "Conv"; of other domains than ONNX's own with it: "com.microsoft.QLinearAdd"
  std::string origin;               // for errors: "node 12 (Conv conv1)"
  std::vector<std::string> inputs;  // an empty name: the optional input is absent
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute, std::less<>> attributes;

  bool has(std::string_view name) const { return attributes.contains(name); }
  bool has_input(size_t i) const { return i < inputs.size() && !inputs[i].empty(); }

  // The attribute, or `otherwise` when the node has none. Errors: kMalformed (another type).
  base::Result<int64_t> get_int(std::string_view name, int64_t otherwise) const;
  base::Result<float> get_float(std::string_view name, float otherwise) const;
  base::Result<std::string> get_string(std::string_view name, std::string otherwise) const;
  base::Result<std::vector<int64_t>> get_ints(std::string_view name,
                                              std::vector<int64_t> otherwise) const;

 private:
  template <typename T>
  base::Result<T> get(std::string_view name, T otherwise, std::string_view expected) const;
};

// An input or output of the network.
struct OnnxValue {
  std::string name;
  ir::DataType type = ir::DataType::kFloat32;
  ir::Shape shape;  // of inputs; a batch of unknown size is 1
};

struct OnnxNetwork {
  int64_t opset = 0;  // version of ONNX's own operators
  std::vector<OnnxNode> nodes;
  std::map<std::string, ir::Tensor, std::less<>> constants;
  std::vector<OnnxValue> inputs, outputs;
};

// Errors: kMalformed, kUnsupported (opset, data type, external data, unknown extents), kLimit.
base::Result<OnnxNetwork> read_network(const onnx::ModelProto& model);

// A tensor of a file, data included. float16 and double become float32, which is what Thimble
// computes with. Errors as above.
base::Result<ir::Tensor> read_constant(const onnx::TensorProto& source);

// A data type of the file (onnx::TensorProto::DataType). Errors: kUnsupported, kMalformed.
base::Result<ir::DataType> read_data_type(int32_t type);

// Replaces operators on integers (QLinearConv, QLinearAdd, ...) by what they mean: the operands as
// real numbers, the operator on those, the result as integers.
void expand_quantized_operators(OnnxNetwork& network);

}  // namespace thimble::frontend
