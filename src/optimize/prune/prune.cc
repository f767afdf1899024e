#include "optimize/prune/prune.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "ops/mac_layer.h"
#include "ops/op.h"
#include "optimize/layer_names.h"
#include "optimize/prune/channel_groups.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/float_network.h"
#include "passes/pipeline.h"

namespace thimble::optimize {

namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;
using ir::Tensor;

const ops::MacTraits* traits_of(std::string_view op) {
  if (op == "CONV_2D") return &ops::kConv2dTraits;
  if (op == "DEPTHWISE_CONV_2D") return &ops::kDepthwiseTraits;
  if (op == "FULLY_CONNECTED") return &ops::kFullyConnectedTraits;
  return nullptr;
}

// A layer while it is pruned: its parameters as floats.
struct Layer {
  size_t node;
  ir::TensorId weights_id;
  std::vector<float> weights, bias;  // bias: empty if there is none
  size_t channels;
  bool is_last_axis;  // the channel is the last index of the weights, otherwise the first
  bool is_chosen;     // by name
  bool shares_weights = false;

  size_t channel_of(size_t weight) const {
    return is_last_axis ? weight % channels : weight / (weights.size() / channels);
  }

  // The mean square of the weights of each channel, relative to that of the layer.
  std::vector<double> energies() const {
    std::vector<double> squares(channels);
    for (size_t i = 0; i < weights.size(); ++i)
      squares[channel_of(i)] += double{weights[i]} * double{weights[i]};
    const double mean =
        std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(channels);
    for (double& square : squares) square = mean > 0 ? square / mean : 0;
    return squares;
  }

  void zero_channel(size_t channel) {
    for (size_t i = 0; i < weights.size(); ++i)
      if (channel_of(i) == channel) weights[i] = 0;
    if (!bias.empty()) bias[channel] = 0;
  }
};

std::vector<float> values_of(const Tensor& tensor) {
  const std::span<const float> values = float_values(tensor);
  return {values.begin(), values.end()};
}

Result<std::vector<Layer>> read_layers(const Graph& graph, const std::vector<std::string>& names) {
  std::vector<Layer> layers;
  std::map<ir::TensorId, size_t> seen;  // weights
  bool any_chosen = false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const ops::MacTraits* traits = traits_of(node.op);
    if (!traits) continue;
    const auto mac = ops::MacLayer::of(graph, node, *traits);
    if (mac.mode() != ops::MacMode::kFloat) continue;
    const bool is_chosen = names.empty() || std::ranges::count(names, node.name) != 0;
    any_chosen |= is_chosen;
    const ir::TensorId weights_id = node.inputs[traits->weights_index];
    const auto [first, is_new] = seen.try_emplace(weights_id, layers.size());
    if (!is_new) {
      layers[first->second].shares_weights = true;
      layers[first->second].is_chosen |= is_chosen;
      continue;
    }
    layers.push_back({.node = i,
                      .weights_id = weights_id,
                      .weights = values_of(mac.weights),
                      .bias = mac.bias ? values_of(*mac.bias) : std::vector<float>(),
                      .channels = static_cast<size_t>(mac.channels()),
                      .is_last_axis = traits->channel_axis != 0,
                      .is_chosen = is_chosen});
  }
  if (layers.empty())
    return base::fail(ErrorCode::kInvalidArgument,
                      "there are no float32 weights to prune; prune before quantizing");
  if (!any_chosen)
    return base::fail(ErrorCode::kInvalidArgument,
                      "none of the layers {} has float32 weights to prune", fmt::join(names, ", "));
  return layers;
}

size_t count_of(double fraction, size_t all) {
  return std::min(all, static_cast<size_t>(std::llround(fraction * static_cast<double>(all))));
}

// The smallest weights of all these layers; of those that are as large, the first.
void zero_smallest(std::span<Layer* const> layers, double fraction) {
  std::vector<float> sizes;
  for (const Layer* layer : layers)
    for (float weight : layer->weights) sizes.push_back(std::abs(weight));
  size_t left = count_of(fraction, sizes.size());
  if (left == 0) return;
  const auto last = sizes.begin() + static_cast<std::ptrdiff_t>(left - 1);
  std::ranges::nth_element(sizes, last);
  const float limit = *last;
  for (Layer* layer : layers)
    for (float& weight : layer->weights)
      if (std::abs(weight) < limit) weight = 0, --left;
  if (limit == 0) return;
  for (Layer* layer : layers)
    for (float& weight : layer->weights)
      if (left > 0 && std::abs(weight) == limit) weight = 0, --left;
}

void prune_weights(const PruneOptions& options, std::vector<Layer>& layers) {
  std::vector<Layer*> chosen;
  for (Layer& layer : layers)
    if (layer.is_chosen) chosen.push_back(&layer);
  if (options.scope == PruneOptions::Scope::kNetwork)
    return zero_smallest(chosen, options.fraction);
  for (Layer* layer : chosen) zero_smallest(std::span(&layer, 1), options.fraction);
}

// A group of channels that goes or stays.
struct Item {
  size_t layer;  // the first
  size_t group;
  float size;
};

std::vector<Item> smallest(std::vector<Item> items, double fraction) {
  std::ranges::stable_sort(items, {}, &Item::size);
  items.resize(count_of(fraction, items.size()));
  return items;
}

// Of all groups together, or of those of each layer, in the order of their sizes.
std::vector<Item> smallest(const std::vector<Item>& items, const PruneOptions& options) {
  if (options.scope == PruneOptions::Scope::kNetwork) return smallest(items, options.fraction);
  std::map<size_t, std::vector<Item>> by_layer;
  for (const Item& item : items) by_layer[item.layer].push_back(item);
  std::vector<Item> result;
  for (const auto& [layer, own] : by_layer) {
    const std::vector<Item> chosen = smallest(own, options.fraction);
    result.insert(result.end(), chosen.begin(), chosen.end());
  }
  return result;
}

// At least one channel of every layer stays.
void prune_channels(const Graph& graph, const PruneOptions& options, std::vector<Layer>& layers) {
  std::map<size_t, size_t> layer_of_node;
  std::vector<std::vector<double>> energies;
  std::vector<size_t> left;
  for (size_t l = 0; l < layers.size(); ++l) {
    layer_of_node[layers[l].node] = l;
    energies.push_back(layers[l].energies());
    left.push_back(layers[l].channels);
  }
  const std::vector<ChannelGroup> groups = channel_groups(graph);
  std::vector<Item> items;
  for (size_t g = 0; g < groups.size(); ++g) {
    double energy = 0;
    bool is_chosen = false, is_own = true;
    for (const LayerChannel& member : groups[g]) {
      const auto layer = layer_of_node.find(member.node);
      is_own &= layer != layer_of_node.end() && !layers[layer->second].shares_weights;
      if (!is_own) break;
      is_chosen |= layers[layer->second].is_chosen;
      energy += energies[layer->second][static_cast<size_t>(member.channel)];
    }
    if (is_own && is_chosen)
      items.push_back(
          {layer_of_node[groups[g][0].node], g,
           static_cast<float>(std::sqrt(energy / static_cast<double>(groups[g].size())))});
  }
  for (const Item& item : smallest(items, options)) {
    const ChannelGroup& group = groups[item.group];
    std::map<size_t, size_t> lost;  // channels, by layer
    for (const LayerChannel& member : group) ++lost[layer_of_node[member.node]];
    if (std::ranges::any_of(lost,
                            [&](const auto& entry) { return left[entry.first] <= entry.second; }))
      continue;
    for (const auto& [layer, count] : lost) left[layer] -= count;
    for (const LayerChannel& member : group)
      layers[layer_of_node[member.node]].zero_channel(static_cast<size_t>(member.channel));
  }
}

// The graph with the layers' parameters. A bias may be shared: it becomes the layer's own.
Graph with_parameters(Graph graph, const std::vector<Layer>& layers) {
  for (const Layer& layer : layers) {
    graph.tensor(layer.weights_id).data = float_data(layer.weights);
    if (layer.bias.empty()) continue;
    ir::TensorId& id =
        graph.nodes[layer.node].inputs[traits_of(graph.nodes[layer.node].op)->bias_index];
    if (values_of(graph.tensor(id)) == layer.bias) continue;
    Tensor bias = graph.tensor(id);
    bias.data = float_data(layer.bias);
    id = graph.add_tensor(std::move(bias));
  }
  return graph;
}

uint64_t maccs_of(const Graph& graph, const Node& node) {
  return ops::find_op(node.op)->cost(graph, node).maccs;
}

// Nodes that the passes leave keep their order, name and origin.
std::vector<LayerSparsity> sparsity(const Graph& before, const std::vector<Layer>& layers,
                                    const Graph& after) {
  std::vector<LayerSparsity> result;
  auto next = after.nodes.begin();
  for (const Layer& layer : layers) {
    const Node& source = before.nodes[layer.node];
    LayerSparsity row{.name = source.name,
                      .op = source.op,
                      .channels_before = static_cast<int32_t>(layer.channels),
                      .maccs_before = maccs_of(before, source)};
    const auto node = std::find_if(next, after.nodes.end(), [&](const Node& other) {
      return other.op == source.op && other.name == source.name && other.origin == source.origin;
    });
    if (node != after.nodes.end()) {
      next = node + 1;
      const auto mac = ops::MacLayer::of(after, *node, *traits_of(node->op));
      const std::span<const float> weights = float_values(mac.weights);
      row.weights = weights.size();
      row.zeros = static_cast<uint64_t>(std::ranges::count(weights, 0.0f));
      row.channels = mac.channels();
      row.maccs = maccs_of(after, *node);
    }
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace

uint64_t LayerSparsity::maccs_skipped() const {
  return weights == 0 ? 0 : maccs / weights * zeros;
}

Result<Pruned> prune(const Graph& graph, const PruneOptions& options) {
  if (!(options.fraction >= 0 && options.fraction < 1))
    return base::fail(ErrorCode::kInvalidArgument,
                      "cannot prune a fraction of {}; it is from 0 to below 1", options.fraction);
  THIMBLE_ASSIGN(const Graph source, float_network(graph));
  THIMBLE_TRY(check_layer_names(source, options.layers, "to prune"));
  THIMBLE_ASSIGN(std::vector<Layer> layers, read_layers(source, options.layers));
  if (options.unit == PruneOptions::Unit::kWeights)
    prune_weights(options, layers);
  else
    prune_channels(source, options, layers);
  THIMBLE_ASSIGN(Graph pruned, passes::optimize(with_parameters(source, layers)));
  std::vector<LayerSparsity> rows = sparsity(source, layers, pruned);
  return Pruned{std::move(pruned), std::move(rows)};
}

}  // namespace thimble::optimize
