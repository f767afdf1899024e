#include "frontend/onnx/converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"
#include "frontend/onnx/constants.h"
#include "frontend/onnx/operators.h"
#include "ops/op.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using ir::TensorId;

constexpr size_t kOutputReader = std::numeric_limits<size_t>::max();

// Values that are looked at as images, found backwards from the operators that do.
std::set<std::string_view> image_names(const OnnxNetwork& network) {
  std::set<std::string_view> images;
  for (size_t i = network.nodes.size(); i-- > 0;) {
    const OnnxNode& node = network.nodes[i];
    if (reads_image(node.op)) {
      if (!node.inputs.empty()) images.insert(node.inputs[0]);
    } else if (keeps_dimensions(node.op) &&
               std::ranges::any_of(
                   node.outputs, [&](const std::string& name) { return images.contains(name); })) {
      images.insert(node.inputs.begin(), node.inputs.end());
    }
  }
  return images;
}

// The rules for a tensor by itself, before anything multiplies its extents.
Result<> check_tensor(const ir::Tensor& tensor) {
  return ir::verify({.name = {}, .tensors = {tensor}, .nodes = {}, .inputs = {0}, .outputs = {0}});
}

}  // namespace

Converter::Converter(const OnnxNetwork& network, std::string_view name)
    : network_(network), is_done_(network.nodes.size()) {
  graph_.name = name;
  for (const auto& [constant_name, tensor] : network.constants) {
    constant_bytes_ += tensor.data->size();
    values_[constant_name] = Value::of_constant(tensor);
  }
  constexpr size_t kCopies = 16, kSmallNetworkBytes = size_t{1} << 22;
  max_constant_bytes_ = kCopies * constant_bytes_ + kSmallNetworkBytes;
  for (size_t i = 0; i < network.nodes.size(); ++i)
    for (const std::string& input : network.nodes[i].inputs) readers_[input].push_back(i);
  for (const OnnxValue& output : network.outputs) readers_[output.name].push_back(kOutputReader);
}

Result<> Converter::run() {
  THIMBLE_TRY(add_inputs());
  for (size_t i = 0; i < network_.nodes.size(); ++i)
    if (!is_done_[i]) THIMBLE_TRY_IN(convert(network_.nodes[i]), network_.nodes[i].origin);
  return add_outputs();
}

Result<> Converter::convert(const OnnxNode& node) {
  const ConvertOperator convert_operator = find_operator(node.op);
  if (!convert_operator)
    return base::fail(base::Error(ErrorCode::kUnsupported, "this operator is not supported",
                                  "supported are " + supported_operators()));
  if (node.outputs.empty()) return fail(ErrorCode::kMalformed, "has no output");
  return convert_operator(*this, node);
}

Result<> Converter::add_inputs() {
  const std::set<std::string_view> images = image_names(network_);
  for (const OnnxValue& input : network_.inputs) {
    const size_t rank = input.shape.size();
    const bool is_image = images.contains(input.name) && (rank == 3 || rank == 4);
    const Order order = is_image ? channels_last(rank) : row_major(rank);
    ir::Tensor tensor;
    tensor.name = base::printable(input.name);
    tensor.type = input.type;
    tensor.shape = permuted(input.shape, order);
    THIMBLE_TRY(check_tensor(tensor));
    const TensorId id = graph_.add_tensor(std::move(tensor));
    Value value = value_of(id, input.shape, order);
    value.is_image = is_image;
    THIMBLE_TRY(set(input.name, std::move(value)));
    graph_.inputs.push_back(id);
    input_orders_.push_back(order);
  }
  return {};
}

Result<> Converter::add_outputs() {
  for (const OnnxValue& output : network_.outputs) {
    OnnxNode source;
    source.op = "output";
    source.origin = "output " + base::printable(output.name);
    source.outputs = {output.name};
    Order order;
    auto id = finished_output(source, output, order);
    if (!id) return base::fail(std::move(id).error().in(source.origin));
    graph_.outputs.push_back(*id);
    output_orders_.push_back(std::move(order));
  }
  return {};
}

// The tensor that leaves the network: an image with its channels last, anything else as ONNX
// counts it.
Result<TensorId> Converter::finished_output(const OnnxNode& source, const OnnxValue& output,
                                            Order& order) {
  THIMBLE_ASSIGN(Value given, value(output.name));
  THIMBLE_ASSIGN(const Value value, real(source, std::move(given)));
  const size_t rank = value.shape.size();
  const bool is_image = value.is_image && order_of(value) == channels_last(rank);
  order = is_image ? channels_last(rank) : row_major(rank);
  THIMBLE_ASSIGN(TensorId id, arranged(source, value, order));
  if (output.type == DataType::kUInt8 && graph_.tensor(id).type == DataType::kInt8) {
    ir::Quantization quantization = graph_.tensor(id).quantization;
    for (int32_t& zero_point : quantization.zero_points) zero_point += kUnsignedOffset;
    THIMBLE_ASSIGN(id, add(source, {.op = "QUANTIZE",
                                    .inputs = {id},
                                    .type = DataType::kUInt8,
                                    .quantization = quantization}));
  }
  if (graph_.tensor(id).type != output.type)
    return fail(ErrorCode::kMalformed, "is declared {}, but comes out as {}",
                ir::type_name(output.type), ir::type_name(graph_.tensor(id).type));
  return id;
}

Result<Value> Converter::input(const OnnxNode& node, size_t i) const {
  if (!node.has_input(i)) return fail(ErrorCode::kMalformed, "input {} is absent", i);
  return value(node.inputs[i]);
}

Result<Value> Converter::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    return fail(ErrorCode::kMalformed, "nothing sets {}", base::printable(name));
  return found->second;
}

Result<ir::Tensor> Converter::constant_input(const OnnxNode& node, size_t i) const {
  THIMBLE_ASSIGN(Value value, input(node, i));
  if (!value.is_constant())
    return fail(ErrorCode::kUnsupported, "input {} ({}) must be a constant", i,
                base::printable(node.inputs[i]));
  return std::move(value.constant);
}

Result<std::vector<int64_t>> Converter::integers_input(const OnnxNode& node, size_t i) const {
  THIMBLE_ASSIGN(const ir::Tensor constant, constant_input(node, i));
  return integer_values(constant);
}

Result<> Converter::set(const OnnxNode& node, size_t i, Value value) {
  if (i >= node.outputs.size()) return fail(ErrorCode::kMalformed, "output {} is absent", i);
  return set(node.outputs[i], std::move(value));
}

Result<> Converter::set(const std::string& name, Value value) {
  if (value.is_constant()) constant_bytes_ += value.constant.data->size();
  THIMBLE_TRY(check_memory());
  if (!values_.try_emplace(name, std::move(value)).second)
    return fail(ErrorCode::kMalformed, "{} is set twice", base::printable(name));
  return {};
}

// A small file can ask for many copies of its constants.
Result<> Converter::check_memory() const {
  if (constant_bytes_ > max_constant_bytes_)
    return fail(ErrorCode::kLimit, "the constants become far more than what the file holds");
  return {};
}

Result<TensorId> Converter::add(const OnnxNode& source, NewNode node) {
  THIMBLE_TRY(check_memory());
  ir::Tensor output;
  output.name = base::printable(source.outputs.empty() ? "" : source.outputs[0]);
  output.type = node.type;
  output.quantization = std::move(node.quantization);
  if (node.shape) output.shape = *node.shape;
  ir::Node added{.op = std::move(node.op),
                 .name = output.name,
                 .origin = source.origin,
                 .inputs = std::move(node.inputs),
                 .outputs = {graph_.add_tensor(std::move(output))},
                 .attributes = std::move(node.attributes)};
  const TensorId id = added.outputs[0];
  const ops::OpInfo* info = ops::find_op(added.op);
  THIMBLE_TRY_IN(info->verify(graph_, added), added.op);
  if (!node.shape) {
    THIMBLE_ASSIGN(std::vector<ir::Shape> shapes, info->infer_shapes(graph_, added));
    graph_.tensor(id).shape = std::move(shapes[0]);
  }
  THIMBLE_TRY(check_tensor(graph_.tensor(id)));
  graph_.nodes.push_back(std::move(added));
  return id;
}

TensorId Converter::add_constant(ir::Tensor constant) {
  constant_bytes_ += constant.data->size();
  constant.name = base::printable(constant.name);
  return graph_.add_tensor(std::move(constant));
}

Value Converter::value_of(TensorId id, ir::Shape shape) {
  const Order order = row_major(shape.size());
  return value_of(id, std::move(shape), order);
}

Value Converter::value_of(TensorId id, ir::Shape shape, const Order& order) {
  Value value;
  value.id = id;
  value.layout = Layout::ordered(shape, order);
  value.shape = std::move(shape);
  return value;
}

Result<TensorId> Converter::reshape(const OnnxNode& source, TensorId id, const ir::Shape& shape) {
  const ir::Tensor& tensor = graph_.tensor(id);
  if (tensor.shape == shape) return id;
  if (tensor.is_constant()) {
    ir::Tensor constant = tensor;
    constant.shape = shape;
    return graph_.add_tensor(std::move(constant));
  }
  const DataType type = tensor.type;
  const ir::Quantization quantization = tensor.quantization;
  const TensorId target = add_constant(
      int32_constant(tensor.name + "/shape", {static_cast<int32_t>(shape.size())}, shape));
  return add(source, {.op = "RESHAPE",
                      .inputs = {id, target},
                      .type = type,
                      .quantization = quantization,
                      .shape = shape});
}

Result<TensorId> Converter::arranged(const OnnxNode& source, const Value& value,
                                     const Order& order) {
  if (value.is_constant()) return add_constant(permuted(value.constant, order));
  TensorId id = value.id;
  if (!value.layout.lies_in(value.shape, order)) {
    const Layout::Copy copy = value.layout.copy(value.shape, order);
    THIMBLE_ASSIGN(id, reshape(source, id, copy.shape));
    const TensorId permutation = add_constant(
        int32_constant(graph_.tensor(id).name + "/permutation",
                       {static_cast<int32_t>(copy.permutation.size())}, copy.permutation));
    const DataType type = graph_.tensor(id).type;
    const ir::Quantization quantization = graph_.tensor(id).quantization;
    THIMBLE_ASSIGN(id, add(source, {.op = "TRANSPOSE",
                                    .inputs = {id, permutation},
                                    .type = type,
                                    .quantization = quantization}));
  }
  return reshape(source, id, permuted(value.shape, order));
}

Order Converter::order_of(const Value& value) {
  const Order plain = row_major(value.shape.size());
  return value.is_constant() ? plain : value.layout.order(value.shape).value_or(plain);
}

Result<Value> Converter::with_shape(const OnnxNode& source, Value value, ir::Shape shape) {
  if (value.is_constant()) {
    if (value.constant.quantization.per_channel())
      return fail(ErrorCode::kUnsupported, "cannot reshape a constant with a scale per channel");
    value.constant.shape = shape;
  } else if (!value.layout.split(shape)) {
    // The new dimensions cut through what lies apart.
    THIMBLE_ASSIGN(value.id, arranged(source, value, row_major(value.shape.size())));
    value.layout = Layout::row_major(shape);
  }
  value.shape = std::move(shape);
  return value;
}

Result<Value> Converter::transposed(Value value, const Order& permutation) {
  if (value.is_constant()) {
    value.constant = permuted(value.constant, permutation);
  } else {
    value.layout = value.layout.transposed(value.shape, permutation);
  }
  value.shape = permuted(value.shape, permutation);
  value.is_image = false;
  return value;
}

Result<Value> Converter::real(const OnnxNode& source, Value value) {
  if (!value.is_dequantized) return value;
  value.is_dequantized = false;
  if (value.is_constant()) {
    THIMBLE_ASSIGN(const std::vector<float> values, real_values(value.constant));
    value.constant = float_constant(value.constant.name, value.constant.shape, values);
  } else {
    THIMBLE_ASSIGN(value.id, add(source, {.op = "DEQUANTIZE", .inputs = {value.id}}));
  }
  return value;
}

std::optional<size_t> Converter::only_reader(const std::string& name) const {
  const auto found = readers_.find(name);
  if (found == readers_.end() || found->second.size() != 1 || found->second[0] == kOutputReader)
    return std::nullopt;
  return found->second[0];
}

Result<Destination> Converter::destination(const OnnxNode& node, bool may_be_integer,
                                           bool takes_activation) {
  const Destination floats{.name = node.outputs[0], .quantization = {}};
  if (!may_be_integer) return floats;
  Destination integers = floats;
  auto next = only_reader(integers.name);
  std::vector<size_t> taken;
  if (next && takes_activation) {
    const OnnxNode& reader = network_.nodes[*next];
    const bool is_clip = reader.op == "Clip" && reader.outputs.size() == 1;
    const ClipBounds bounds =
        is_clip ? read_clip_bounds(*this, reader).value_or(ClipBounds()) : ClipBounds();
    if (reader.op == "Relu" || bounds.is_relu()) integers.activation = "relu";
    if (bounds.is_relu6()) integers.activation = "relu6";
    if (integers.activation != "none" && reader.outputs.size() == 1) {
      taken.push_back(*next);
      integers.name = reader.outputs[0];
      next = only_reader(integers.name);
    }
  }
  if (!next) return floats;
  const OnnxNode& quantize = network_.nodes[*next];
  if (quantize.op != "QuantizeLinear" || quantize.outputs.size() != 1 ||
      quantize.inputs[0] != integers.name)
    return floats;
  const auto quantization = quantization_of(quantize, DataType::kUInt8);
  if (!quantization || quantization->per_channel()) return floats;
  taken.push_back(*next);
  for (size_t i : taken) is_done_[i] = true;
  integers.name = quantize.outputs[0];
  integers.quantization = *quantization;
  return integers;
}

Result<ir::Quantization> Converter::quantization_of(const OnnxNode& node, DataType type) const {
  THIMBLE_ASSIGN(const ir::Tensor scales, constant_input(node, 1));
  THIMBLE_ASSIGN(std::vector<float> values, real_values(scales));
  ir::Quantization quantization{.scales = std::move(values), .zero_points = {}, .axis = 0};
  if (quantization.scales.empty()) return fail(ErrorCode::kMalformed, "has no scale");
  quantization.zero_points.assign(quantization.scales.size(), 0);
  if (node.has_input(2)) {
    THIMBLE_ASSIGN(const ir::Tensor zero_points, constant_input(node, 2));
    THIMBLE_ASSIGN(const std::vector<int64_t> integers, integer_values(zero_points));
    if (integers.size() != quantization.scales.size())
      return fail(ErrorCode::kMalformed, "{} scales, but {} zero points",
                  quantization.scales.size(), integers.size());
    for (size_t i = 0; i < integers.size(); ++i) {
      if (integers[i] < std::numeric_limits<int8_t>::min() ||
          integers[i] > std::numeric_limits<uint8_t>::max())
        return fail(ErrorCode::kUnsupported, "the zero point {} is not supported", integers[i]);
      quantization.zero_points[i] = static_cast<int32_t>(integers[i]);
    }
    type = zero_points.type;
  }
  if (type != DataType::kInt8 && type != DataType::kUInt8 && type != DataType::kInt32)
    return fail(ErrorCode::kUnsupported, "integers of type {} are not supported",
                ir::type_name(type));
  if (type == DataType::kUInt8)
    for (int32_t& zero_point : quantization.zero_points) zero_point -= kUnsignedOffset;
  for (float scale : quantization.scales)
    if (!(scale > 0) || scale > std::numeric_limits<float>::max())
      return fail(ErrorCode::kMalformed, "the scale {} is not positive", scale);
  return quantization;
}

Result<> Converter::set_quantization(const Value& value, const ir::Quantization& quantization) {
  ir::Tensor& tensor = graph_.tensor(value.id);
  if (tensor.quantization.present() && tensor.quantization != quantization)
    return fail(ErrorCode::kUnsupported, "the integers have scale {}, but are read with scale {}",
                tensor.scale(), quantization.scales[0]);
  tensor.quantization = quantization;
  return {};
}

}  // namespace thimble::frontend
