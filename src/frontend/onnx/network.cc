#include "frontend/onnx/network.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using onnx::AttributeProto;

// Later versions change operators that we read; earlier ones than 1 never existed.
constexpr int64_t kMinOpset = 1, kMaxOpset = 21;
constexpr int kMaxNodes = 1 << 16;

bool is_standard_domain(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx";
}

Result<int64_t> read_opset(const onnx::ModelProto& model) {
  for (const onnx::OperatorSetIdProto& set : model.opset_import()) {
    if (!is_standard_domain(set.domain())) continue;
    if (set.version() < kMinOpset || set.version() > kMaxOpset)
      return fail(ErrorCode::kUnsupported, "opset {} is not supported, only {} to {}",
                  set.version(), kMinOpset, kMaxOpset);
    return set.version();
  }
  return kMinOpset;  // files from before there were opsets
}

Result<OnnxAttribute> read_attribute(const AttributeProto& source) {
  if (!source.ref_attr_name().empty())
    return fail(ErrorCode::kUnsupported, "attributes of functions are not supported");
  switch (source.type()) {
    case AttributeProto::INT:
      return source.i();
    case AttributeProto::FLOAT:
      return source.f();
    case AttributeProto::STRING:
      return base::printable(source.s());
    case AttributeProto::INTS:
      return std::vector<int64_t>(source.ints().begin(), source.ints().end());
    case AttributeProto::FLOATS:
      return std::vector<float>(source.floats().begin(), source.floats().end());
    case AttributeProto::TENSOR:
      return read_constant(source.t());
    default:
      return OtherAttribute();
  }
}

Result<OnnxNode> read_node(const onnx::NodeProto& source, size_t index) {
  OnnxNode node;
  node.op = base::printable(source.op_type());
  if (!is_standard_domain(source.domain()))
    node.op = base::printable(source.domain()) + "." + node.op;
  node.origin = source.name().empty() ? fmt::format("node {} ({})", index, node.op)
                                      : fmt::format("node {} ({} {})", index, node.op,
                                                    base::printable(source.name()));
  node.inputs.assign(source.input().begin(), source.input().end());
  node.outputs.assign(source.output().begin(), source.output().end());
  for (const AttributeProto& attribute : source.attribute()) {
    auto value = read_attribute(attribute);
    if (!value)
      return base::fail(std::move(value)
                            .error()
                            .in(fmt::format("attribute {}", base::printable(attribute.name())))
                            .in(node.origin));
    node.attributes.insert_or_assign(attribute.name(), std::move(*value));
  }
  return node;
}

// The constant that a Constant node stands for.
Result<ir::Tensor> constant_of(const OnnxNode& node) {
  ir::Tensor tensor;
  auto from = [&](const auto* values, size_t count, ir::DataType type, ir::Shape shape) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values);
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.data = std::make_shared<const base::Bytes>(bytes, bytes + count * sizeof(*values));
    return tensor;
  };
  auto extent = [](const auto& values) { return ir::Shape{static_cast<int32_t>(values.size())}; };
  for (const auto& [name, value] : node.attributes) {
    if (const auto* whole = std::get_if<ir::Tensor>(&value)) return *whole;
    if (const auto* i = std::get_if<int64_t>(&value)) return from(i, 1, ir::DataType::kInt64, {});
    if (const auto* f = std::get_if<float>(&value)) return from(f, 1, ir::DataType::kFloat32, {});
    if (const auto* ints = std::get_if<std::vector<int64_t>>(&value))
      return from(ints->data(), ints->size(), ir::DataType::kInt64, extent(*ints));
    if (const auto* floats = std::get_if<std::vector<float>>(&value))
      return from(floats->data(), floats->size(), ir::DataType::kFloat32, extent(*floats));
  }
  return fail(ErrorCode::kUnsupported, "this kind of constant is not supported");
}

Result<> read_nodes(const onnx::GraphProto& graph, OnnxNetwork& network) {
  if (graph.node_size() > kMaxNodes)
    return fail(ErrorCode::kLimit, "{} nodes, at most {} are supported", graph.node_size(),
                kMaxNodes);
  for (int i = 0; i < graph.node_size(); ++i) {
    THIMBLE_ASSIGN(OnnxNode node, read_node(graph.node(i), static_cast<size_t>(i)));
    if (node.op != "Constant") {
      network.nodes.push_back(std::move(node));
      continue;
    }
    auto constant = constant_of(node);
    if (!constant) return base::fail(std::move(constant).error().in(node.origin));
    if (node.outputs.size() != 1)
      return fail(ErrorCode::kMalformed, "{} has {} outputs", node.origin, node.outputs.size());
    constant->name = base::printable(node.outputs[0]);
    network.constants.insert_or_assign(node.outputs[0], std::move(*constant));
  }
  return {};
}

Result<> read_constants(const onnx::GraphProto& graph, OnnxNetwork& network) {
  if (graph.sparse_initializer_size() > 0)
    return fail(ErrorCode::kUnsupported, "sparse constants are not supported");
  for (const onnx::TensorProto& source : graph.initializer()) {
    auto constant = read_constant(source);
    if (!constant)
      return base::fail(std::move(constant).error().in(
          fmt::format("constant {}", base::printable(source.name()))));
    network.constants.insert_or_assign(source.name(), std::move(*constant));
  }
  return {};
}

Result<ir::Shape> read_input_shape(const onnx::TensorShapeProto& source) {
  ir::Shape shape;
  for (const auto& dimension : source.dim()) {
    const bool is_known = dimension.has_dim_value() && dimension.dim_value() > 0;
    if (!is_known && !shape.empty())
      return base::fail(base::Error(
          ErrorCode::kUnsupported, fmt::format("the size of dimension {} is unknown", shape.size()),
          "export the network with fixed sizes; only the batch may be open"));
    const int64_t extent = is_known ? dimension.dim_value() : 1;
    if (extent > std::numeric_limits<int32_t>::max())
      return fail(ErrorCode::kMalformed, "dimension {} is {}", shape.size(), extent);
    shape.push_back(static_cast<int32_t>(extent));
  }
  return shape;
}

Result<OnnxValue> read_value(const onnx::ValueInfoProto& source) {
  if (!source.type().has_tensor_type())
    return fail(ErrorCode::kUnsupported, "only tensors are supported, no sequences or maps");
  OnnxValue value;
  value.name = source.name();
  THIMBLE_ASSIGN(value.type, read_data_type(source.type().tensor_type().elem_type()));
  return value;
}

Result<OnnxValue> read_input(const onnx::ValueInfoProto& source) {
  THIMBLE_ASSIGN(OnnxValue value, read_value(source));
  if (!source.type().tensor_type().has_shape())
    return fail(ErrorCode::kUnsupported, "its shape is unknown");
  THIMBLE_ASSIGN(value.shape, read_input_shape(source.type().tensor_type().shape()));
  return value;
}

Result<> read_inputs(const onnx::GraphProto& graph, OnnxNetwork& network) {
  for (const onnx::ValueInfoProto& source : graph.input()) {
    // Old files list the constants as inputs too.
    if (network.constants.contains(source.name())) continue;
    auto input = read_input(source);
    if (!input)
      return base::fail(
          std::move(input).error().in(fmt::format("input {}", base::printable(source.name()))));
    network.inputs.push_back(std::move(*input));
  }
  return {};
}

Result<> read_outputs(const onnx::GraphProto& graph, OnnxNetwork& network) {
  std::set<std::string_view> seen;
  for (const onnx::ValueInfoProto& source : graph.output()) {
    const std::string frame = fmt::format("output {}", base::printable(source.name()));
    auto output = read_value(source);
    if (!output) return base::fail(std::move(output).error().in(frame));
    if (!seen.insert(source.name()).second)
      return fail(ErrorCode::kMalformed, "{} is listed twice", frame);
    network.outputs.push_back(std::move(*output));
  }
  return {};
}

}  // namespace

template <typename T>
Result<T> OnnxNode::get(std::string_view name, T otherwise, std::string_view expected) const {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return otherwise;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  return fail(ErrorCode::kMalformed, "the attribute {} is no {}", name, expected);
}

Result<int64_t> OnnxNode::get_int(std::string_view name, int64_t otherwise) const {
  return get(name, otherwise, "integer");
}
Result<float> OnnxNode::get_float(std::string_view name, float otherwise) const {
  return get(name, otherwise, "float");
}
Result<std::string> OnnxNode::get_string(std::string_view name, std::string otherwise) const {
  return get(name, std::move(otherwise), "string");
}
Result<std::vector<int64_t>> OnnxNode::get_ints(std::string_view name,
                                                std::vector<int64_t> otherwise) const {
  return get(name, std::move(otherwise), "list of integers");
}

Result<OnnxNetwork> read_network(const onnx::ModelProto& model) {
  OnnxNetwork network;
  THIMBLE_ASSIGN(network.opset, read_opset(model));
  if (model.functions_size() > 0)
    return fail(ErrorCode::kUnsupported, "functions of the file's own are not supported");
  const onnx::GraphProto& graph = model.graph();
  THIMBLE_TRY(read_constants(graph, network));
  THIMBLE_TRY(read_nodes(graph, network));
  THIMBLE_TRY(read_inputs(graph, network));
  THIMBLE_TRY(read_outputs(graph, network));
  return network;
}

}  // namespace thimble::frontend
