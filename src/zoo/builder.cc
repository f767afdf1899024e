#include "zoo/builder.h"

#include <cmath>

#include "base/check.h"
#include "ops/op.h"

namespace thimble::zoo {
namespace {

using ir::Attributes;
using ir::Shape;
using ir::TensorId;

// Random biases, in standard deviations of a channel; see calibrate.h.
constexpr float kLargestBias = 0.1f;

std::string padding_text(ops::Padding padding) {
  return padding == ops::Padding::kSame ? "same" : "valid";
}

std::string activation_text(ops::Activation activation) {
  return std::string(ops::activation_name(activation));
}

// Attributes are in the order in which the import reads them, so that a written and re-read network
// prints the same.
Attributes conv_attributes(const ConvOptions& options) {
  return {{"padding", padding_text(options.padding)},
          {"stride_h", int64_t{options.stride}},
          {"stride_w", int64_t{options.stride}},
          {"activation", activation_text(options.activation)},
          {"dilation_h", int64_t{1}},
          {"dilation_w", int64_t{1}}};
}

uint64_t parameters_folded_away(BatchNorm batch_norm, int32_t channels) {
  const auto count = static_cast<uint64_t>(channels);
  switch (batch_norm) {
    case BatchNorm::kNone:
      return 0;
    case BatchNorm::kBesideBias:
      return 4 * count;
    case BatchNorm::kInsteadOfBias:
      return 3 * count;
  }
  return 0;
}

ir::Tensor make_tensor(std::string name, ir::DataType type, Shape shape) {
  ir::Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = std::move(shape);
  return tensor;
}

std::vector<float> uniform_values(uint64_t seed, int64_t count, float limit) {
  base::Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = random.uniform(-limit, limit);
  return values;
}

template <typename T>
std::shared_ptr<const base::Bytes> to_bytes(std::span<const T> values) {
  auto bytes = std::as_bytes(values);
  return std::make_shared<const base::Bytes>(bytes.begin(), bytes.end());
}

}  // namespace

Builder::Builder(std::string name, const Numbers& numbers)
    : numbers_(numbers), seeds_(numbers.seed) {
  CHECK(!quantized() || !has_weights() || numbers.calibration);
  graph_.name = std::move(name);
}

TensorId Builder::input(const Shape& shape) {
  ir::Tensor tensor = make_tensor("input", numbers_.type, shape);
  // Random inputs and the pattern of `thimble bench` cover [-1, 1).
  if (quantized()) tensor.quantization = {.scales = {1.0f / 128}, .zero_points = {0}};
  graph_.inputs = {graph_.add_tensor(std::move(tensor))};
  return graph_.inputs[0];
}

TensorId Builder::conv(TensorId x, const ConvOptions& options) {
  const int32_t in_channels = shape(x).back();
  const Layer described = layer("CONV_2D", "conv");
  folded_parameters_ += parameters_folded_away(options.batch_norm, options.filters);
  const Shape weights = {options.filters, options.kernel, options.kernel, in_channels};
  const int64_t fan_in = int64_t{options.kernel} * options.kernel * in_channels;
  return add_node(described, with_parameters(described, x, weights, fan_in, {.axis = 0}),
                  conv_attributes(options));
}

TensorId Builder::depthwise_conv(TensorId x, const ConvOptions& options) {
  const int32_t channels = shape(x).back();
  const Layer described = layer("DEPTHWISE_CONV_2D", "depthwise");
  folded_parameters_ += parameters_folded_away(options.batch_norm, channels);
  const Shape weights = {1, options.kernel, options.kernel, channels};
  const int64_t fan_in = int64_t{options.kernel} * options.kernel;
  Attributes attributes = conv_attributes(options);
  attributes.set("depth_multiplier", int64_t{1});
  return add_node(described, with_parameters(described, x, weights, fan_in, {.axis = 3}),
                  std::move(attributes));
}

TensorId Builder::dense(TensorId x, int32_t units, ops::Activation activation) {
  const int32_t in = shape(x).back();
  const Layer described = layer("FULLY_CONNECTED", "dense");
  // One scale: not every runtime has per-channel scales for this operator.
  const ops::WeightScheme scheme{.per_channel = false};
  return add_node(described, with_parameters(described, x, {units, in}, in, scheme),
                  {{"keep_num_dims", int64_t{0}},
                   {"asymmetric_quantize_inputs", int64_t{0}},
                   {"activation", activation_text(activation)}});
}

TensorId Builder::max_pool(TensorId x, int32_t size, int32_t stride) {
  return pool(layer("MAX_POOL_2D", "max_pool"), x, size, stride);
}

TensorId Builder::average_pool(TensorId x, int32_t size, int32_t stride) {
  return pool(layer("AVERAGE_POOL_2D", "average_pool"), x, size, stride);
}

TensorId Builder::pool(Layer layer, TensorId x, int32_t size, int32_t stride) {
  return add_node(std::move(layer), {x},
                  {{"filter_h", int64_t{size}},
                   {"filter_w", int64_t{size}},
                   {"padding", padding_text(ops::Padding::kValid)},
                   {"stride_h", int64_t{stride}},
                   {"stride_w", int64_t{stride}},
                   {"activation", activation_text(ops::Activation::kNone)}},
                  graph_.tensor(x).quantization);
}

TensorId Builder::add(TensorId a, TensorId b, ops::Activation activation) {
  return add_node(layer("ADD", "add"), {a, b}, {{"activation", activation_text(activation)}});
}

TensorId Builder::flatten(TensorId x) {
  const int32_t flat_shape[] = {1, static_cast<int32_t>(graph_.tensor(x).elements())};
  const Layer described = layer("RESHAPE", "flatten");
  ir::Tensor target = make_tensor(described.name + "/shape", ir::DataType::kInt32, {2});
  target.data = to_bytes<int32_t>(flat_shape);
  const TensorId target_id = graph_.add_tensor(std::move(target));
  return add_node(described, {x, target_id}, {}, graph_.tensor(x).quantization,
                  {flat_shape[0], flat_shape[1]});
}

TensorId Builder::softmax(TensorId x) {
  // Probabilities; TensorFlow Lite prescribes their quantization.
  return add_node(layer("SOFTMAX", "softmax"), {x}, {{"beta", 1.0}},
                  {.scales = {1.0f / 256}, .zero_points = {-128}});
}

ir::Graph Builder::finish(TensorId output) {
  graph_.outputs = {output};
  return std::move(graph_);
}

Builder::Layer Builder::layer(std::string_view op, std::string_view prefix) {
  int number = 1;
  for (const ir::Node& node : graph_.nodes) number += node.op == op;
  return {std::string(op), fmt::format("{}_{}", prefix, number)};
}

std::vector<TensorId> Builder::with_parameters(const Layer& layer, TensorId x, Shape weights,
                                               int64_t fan_in, ops::WeightScheme scheme) {
  const int32_t channels = weights[static_cast<size_t>(scheme.axis)];
  const TensorId weights_id =
      add_weights(layer.name + "/weights", std::move(weights), fan_in, scheme);
  return {x, weights_id, add_bias(layer.name + "/bias", channels, x, weights_id)};
}

TensorId Builder::add_weights(std::string name, Shape shape, int64_t fan_in,
                              ops::WeightScheme scheme) {
  ir::Tensor tensor = make_tensor(std::move(name), numbers_.type, std::move(shape));
  const uint64_t seed = seeds_.next();
  if (!has_weights()) {
    tensor.data = std::make_shared<const base::Bytes>();
    if (quantized()) tensor.quantization = {.scales = {1.0f}, .zero_points = {0}};
    return graph_.add_tensor(std::move(tensor));
  }
  const auto id = static_cast<TensorId>(graph_.tensors.size());
  // Variance 2 / fan_in (He et al. 2015, equation 10), as the uniform distribution that has it.
  const float limit = std::sqrt(6.0f / static_cast<float>(fan_in));
  std::vector<float> values = uniform_values(seed, tensor.elements(), limit);
  if (numbers_.calibration) {
    const std::vector<float>& gains = numbers_.calibration->gains.at(id);
    const ops::ChannelOf channel_of(tensor.shape, scheme.axis);
    for (size_t i = 0; i < values.size(); ++i) values[i] *= gains[channel_of(i)];
  }
  if (quantized())
    ops::quantize_weights(values, scheme, tensor);
  else
    tensor.data = to_bytes<float>(values);
  return graph_.add_tensor(std::move(tensor));
}

TensorId Builder::add_bias(std::string name, int32_t channels, TensorId x, TensorId weights) {
  ir::Tensor tensor = make_tensor(std::move(name), numbers_.type, {channels});
  const uint64_t seed = seeds_.next();
  std::vector<float> values = uniform_values(seed, channels, kLargestBias);
  const auto id = static_cast<TensorId>(graph_.tensors.size());
  if (numbers_.calibration) values = numbers_.calibration->biases.at(id);
  if (quantized())
    ops::quantize_bias(values, graph_.tensor(x).scale(), graph_.tensor(weights).quantization,
                       ir::DataType::kInt32, tensor);
  else
    tensor.data = to_bytes<float>(values);
  return graph_.add_tensor(std::move(tensor));
}

TensorId Builder::add_node(Layer layer, std::vector<TensorId> inputs, Attributes attributes,
                           ir::Quantization quantization, Shape shape) {
  const auto id = static_cast<TensorId>(graph_.tensors.size());
  ir::Tensor output = make_tensor(layer.name, numbers_.type, std::move(shape));
  if (quantized()) {
    output.quantization = std::move(quantization);
    if (!output.quantization.present()) {
      const ops::Range range = numbers_.calibration
                                   ? numbers_.calibration->ranges[static_cast<size_t>(id)]
                                   : ops::Range{-1, 1};
      output.quantization = ops::activation_quantization(range);
    }
  }
  const bool infer_shape = output.shape.empty();
  graph_.add_tensor(std::move(output));
  graph_.nodes.push_back({.op = std::move(layer.op),
                          .name = layer.name,
                          .origin = fmt::format("subgraph 0, operator {}", graph_.nodes.size()),
                          .inputs = std::move(inputs),
                          .outputs = {id},
                          .attributes = std::move(attributes)});
  if (infer_shape) {
    const ir::Node& node = graph_.nodes.back();
    const ops::OpInfo* op = ops::find_op(node.op);
    CHECK(op, "{} is not an operator", node.op);
    auto shapes = op->infer_shapes(graph_, node);
    CHECK(shapes, "{}: {}", node.name, shapes.error().to_string());
    graph_.tensor(id).shape = shapes->at(0);
  }
  return id;
}

}  // namespace thimble::zoo
