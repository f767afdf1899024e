#include "optimize/prune/prune.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <string_view>

#include "base/check.h"
#include "ops/mac_layer.h"

namespace thimble::optimize {

namespace {

using base::ErrorCode;
using base::Result;

const ops::MacTraits* traits_of(std::string_view op) {
  if (op == "CONV_2D") return &ops::kConv2dTraits;
  if (op == "DEPTHWISE_CONV_2D") return &ops::kDepthwiseTraits;
  if (op == "FULLY_CONNECTED") return &ops::kFullyConnectedTraits;
  return nullptr;
}

// A layer while it is pruned: its parameters as floats.
struct Layer {
  size_t node;
  ir::TensorId weights_id, bias_id;
  std::vector<float> weights, bias;
  size_t channels;
  bool is_last_axis;  // the channel is the last index of the weights, otherwise the first
  bool makes_output;

  size_t channel_of(size_t weight) const {
    return is_last_axis ? weight % channels : weight / (weights.size() / channels);
  }
};

std::vector<float> values_of(const ir::Tensor& tensor) {
  const float* values = tensor.as<float>();
  return {values, values + tensor.elements()};
}

// The tensors that an output of the network is made of without another layer in between.
std::set<ir::TensorId> output_makers(const ir::Graph& graph) {
  std::set<ir::TensorId> makers(graph.outputs.begin(), graph.outputs.end());
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const ir::Node& node = graph.nodes[i];
    const bool counts =
        std::ranges::any_of(node.outputs, [&](ir::TensorId id) { return makers.contains(id); });
    if (counts && !traits_of(node.op)) makers.insert(node.inputs.begin(), node.inputs.end());
  }
  return makers;
}

Result<std::vector<Layer>> read_layers(const ir::Graph& graph) {
  const std::set<ir::TensorId> makers = output_makers(graph);
  std::vector<Layer> layers;
  std::set<ir::TensorId> seen;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const ir::Node& node = graph.nodes[i];
    const ops::MacTraits* traits = traits_of(node.op);
    if (!traits) continue;
    const auto mac = ops::MacLayer::of(graph, node, *traits);
    if (mac.weights.type != ir::DataType::kFloat32 || !mac.weights.is_constant()) continue;
    const ir::TensorId weights_id = node.inputs[traits->weights_index];
    if (!seen.insert(weights_id).second) continue;
    Layer layer{.node = i,
                .weights_id = weights_id,
                .bias_id = mac.bias ? node.inputs[traits->bias_index] : ir::kNoTensor,
                .weights = values_of(mac.weights),
                .bias = mac.bias ? values_of(*mac.bias) : std::vector<float>(),
                .channels = static_cast<size_t>(mac.channels()),
                .is_last_axis = traits->channel_axis != 0,
                .makes_output = makers.contains(node.outputs[0])};
    if (!std::ranges::all_of(layer.weights, [](float w) { return std::isfinite(w); }))
      return base::fail(ErrorCode::kInvalidArgument,
                        "the weights of layer {} {} \"{}\" hold values that are not finite numbers",
                        i, node.op, node.name);
    layers.push_back(std::move(layer));
  }
  if (layers.empty())
    return base::fail(ErrorCode::kInvalidArgument,
                      "there are no float32 weights to prune; prune before quantizing");
  return layers;
}

// What becomes zero or stays as a whole.
struct Item {
  size_t layer, index;  // of the weight, or of the channel
  float size;
};

std::vector<Item> items_of(const std::vector<Layer>& layers, size_t l, PruneOptions::Unit unit) {
  const Layer& layer = layers[l];
  std::vector<Item> items;
  if (unit == PruneOptions::Unit::kWeights) {
    for (size_t i = 0; i < layer.weights.size(); ++i)
      items.push_back({l, i, std::abs(layer.weights[i])});
    return items;
  }
  if (layer.makes_output) return items;
  std::vector<double> squares(layer.channels);
  for (size_t i = 0; i < layer.weights.size(); ++i)
    squares[layer.channel_of(i)] += double{layer.weights[i]} * double{layer.weights[i]};
  const double mean =
      std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(layer.channels);
  for (size_t c = 0; c < layer.channels; ++c)
    items.push_back({l, c, static_cast<float>(mean > 0 ? std::sqrt(squares[c] / mean) : 0)});
  return items;
}

// At least one channel of every layer stays.
void zero_smallest(std::vector<Item> items, const PruneOptions& options,
                   std::vector<Layer>& layers) {
  const auto count =
      static_cast<size_t>(std::llround(options.fraction * static_cast<double>(items.size())));
  std::ranges::stable_sort(items, {}, &Item::size);
  std::vector<size_t> left;
  for (const Layer& layer : layers) left.push_back(layer.channels);
  for (size_t i = 0; i < std::min(count, items.size()); ++i) {
    Layer& layer = layers[items[i].layer];
    if (options.unit == PruneOptions::Unit::kWeights) {
      layer.weights[items[i].index] = 0;
      continue;
    }
    if (left[items[i].layer] == 1) continue;
    --left[items[i].layer];
    for (size_t w = 0; w < layer.weights.size(); ++w)
      if (layer.channel_of(w) == items[i].index) layer.weights[w] = 0;
    if (!layer.bias.empty()) layer.bias[items[i].index] = 0;
  }
}

void write_back(const std::vector<float>& values, ir::Tensor& tensor) {
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data = std::make_shared<const base::Bytes>(bytes.begin(), bytes.end());
}

LayerSparsity sparsity_of(const Layer& layer, const ir::Graph& graph) {
  std::vector<bool> is_used(layer.channels);
  uint64_t zeros = 0;
  for (size_t i = 0; i < layer.weights.size(); ++i)
    if (layer.weights[i] == 0)
      ++zeros;
    else
      is_used[layer.channel_of(i)] = true;
  return {.node = layer.node,
          .name = graph.nodes[layer.node].name,
          .weights = layer.weights.size(),
          .zeros = zeros,
          .channels = static_cast<int32_t>(layer.channels),
          .zero_channels = static_cast<int32_t>(std::ranges::count(is_used, false))};
}

}  // namespace

Result<Pruned> prune(const ir::Graph& graph, const PruneOptions& options) {
  if (!(options.fraction >= 0 && options.fraction < 1))
    return base::fail(ErrorCode::kInvalidArgument,
                      "cannot prune a fraction of {}; it is from 0 to below 1", options.fraction);
  THIMBLE_ASSIGN(std::vector<Layer> layers, read_layers(graph));
  std::vector<Item> all;
  for (size_t l = 0; l < layers.size(); ++l) {
    const std::vector<Item> items = items_of(layers, l, options.unit);
    if (options.scope == PruneOptions::Scope::kLayer)
      zero_smallest(items, options, layers);
    else
      all.insert(all.end(), items.begin(), items.end());
  }
  zero_smallest(std::move(all), options, layers);

  Pruned pruned{.graph = graph, .layers = {}};
  for (const Layer& layer : layers) {
    write_back(layer.weights, pruned.graph.tensor(layer.weights_id));
    if (layer.bias_id != ir::kNoTensor && !layer.bias.empty())
      write_back(layer.bias, pruned.graph.tensor(layer.bias_id));
    pruned.layers.push_back(sparsity_of(layer, graph));
  }
  return pruned;
}

}  // namespace thimble::optimize
