#include "passes/fold_batch_norm.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/mac_layer.h"
#include "passes/lanes.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorId;

// x -> x * scale + shift, by channel.
struct Affine {
  std::vector<float> scale, shift;
};

size_t channel_axis(const Node& node) {
  return node.op == "DEPTHWISE_CONV_2D" ? ops::kDepthwiseTraits.channel_axis : 0;
}

// A float layer whose result nothing has clamped.
bool is_foldable_layer(const Graph& graph, const Node& node) {
  if (node.op != "CONV_2D" && node.op != "DEPTHWISE_CONV_2D" && node.op != "FULLY_CONNECTED")
    return false;
  return graph.input(node, 0)->type == DataType::kFloat32 &&
         graph.input(node, 1)->type == DataType::kFloat32 &&
         ops::read_activation(node).value_or(ops::Activation::kRelu) == ops::Activation::kNone;
}

// What the node does to the operand `layer`, if the other is one constant per channel or for all.
std::optional<Affine> affine(const Graph& graph, const Node& node, TensorId layer) {
  const bool is_first = node.inputs[0] == layer;
  const Tensor& operand = *graph.input(node, is_first ? 1 : 0);
  const Tensor& output = graph.output(node);
  const auto channels = static_cast<size_t>(lane_count(output));
  const auto count = static_cast<size_t>(operand.elements());
  if (!operand.is_constant() || output.shape != graph.tensor(layer).shape) return std::nullopt;
  if (count != 1 && (count != channels || lane_count(operand) != lane_count(output)))
    return std::nullopt;
  std::vector<float> values(operand.as<float>(), operand.as<float>() + count);
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
    return std::nullopt;
  if (count == 1) values.assign(channels, values[0]);
  const std::vector<float> zeros(channels, 0.0f), ones(channels, 1.0f);
  if (node.op == "MUL") return Affine{values, zeros};
  if (node.op == "ADD") return Affine{ones, values};
  if (node.op != "SUB" || !is_first) return std::nullopt;
  for (float& value : values) value = -value;
  return Affine{ones, values};
}

Tensor with_values(Tensor tensor, const std::vector<float>& values) {
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  tensor.data = std::make_shared<const base::Bytes>(bytes, bytes + values.size() * sizeof(float));
  return tensor;
}

void apply(const Affine& map, Graph& graph, Node& layer) {
  const Tensor weights = *graph.input(layer, 1);
  const size_t axis = channel_axis(layer), channels = map.scale.size();
  size_t inner = 1;
  for (size_t d = axis + 1; d < weights.shape.size(); ++d)
    inner *= static_cast<size_t>(weights.shape[d]);
  std::vector<float> values(weights.as<float>(), weights.as<float>() + weights.elements());
  for (size_t i = 0; i < values.size(); ++i) values[i] *= map.scale[i / inner % channels];

  Tensor bias;
  std::vector<float> biases(channels, 0.0f);
  if (const Tensor* given = graph.input(layer, 2)) {
    bias = *given;
    biases.assign(given->as<float>(), given->as<float>() + channels);
  } else {
    bias.name = weights.name + "/bias";
    bias.shape = {static_cast<int32_t>(channels)};
  }
  for (size_t c = 0; c < channels; ++c) biases[c] = biases[c] * map.scale[c] + map.shift[c];
  layer.inputs.resize(3);
  layer.inputs[1] = graph.add_tensor(with_values(weights, values));
  layer.inputs[2] = graph.add_tensor(with_values(bias, biases));
}

}  // namespace

base::Result<Graph> fold_batch_norm(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  std::vector<std::optional<size_t>> writer(graph.tensors.size());  // in the result
  std::vector<Node> kept;
  for (const Node& node : graph.nodes) {
    bool folds = false;
    for (TensorId id : node.inputs) {
      if (id == ir::kNoTensor || folds) continue;
      const auto layer = writer[static_cast<size_t>(id)];
      if (!layer || !uses.is_read_once(id) || !is_foldable_layer(result, kept[*layer])) continue;
      if (node.op != "MUL" && node.op != "ADD" && node.op != "SUB") continue;
      const auto map = affine(graph, node, id);
      if (!map) continue;
      THIMBLE_ASSIGN(const ops::Activation activation, ops::read_activation(node));
      apply(*map, result, kept[*layer]);
      kept[*layer].attributes.set("activation", std::string(ops::activation_name(activation)));
      kept[*layer].outputs[0] = node.outputs[0];
      writer[static_cast<size_t>(node.outputs[0])] = layer;
      folds = true;
    }
    if (folds) continue;
    for (TensorId id : node.outputs) writer[static_cast<size_t>(id)] = kept.size();
    kept.push_back(node);
  }
  result.nodes = std::move(kept);
  return remove_unused(result);
}

}  // namespace thimble::passes
