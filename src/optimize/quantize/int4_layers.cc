#include "optimize/quantize/int4_layers.h"

#include <algorithm>
#include <cmath>

#include "ops/op.h"
#include "ops/quantize_values.h"
#include "optimize/layer_names.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/weights.h"

namespace thimble::optimize {

namespace {

using base::Result;
using ir::Graph;
using ir::Node;
using Which = Int4Options::Which;

// Of all weights of a network, the fewest that are worth noise in one of its layers.
constexpr double kFewestOfAll = 50;  // one in so many

int64_t count_weights(const Graph& graph) {
  int64_t count = 0;
  for (const Node& node : graph.nodes)
    if (const auto& operands = ops::find_op(node.op)->quantize.weights)
      count += graph.input(node, operands->weights)->elements();
  return count;
}

// Those that kernels exist for.
bool can_have_four_bits(const Node& node) {
  return node.op == "CONV_2D" || node.op == "FULLY_CONNECTED" || node.op == "DEPTHWISE_CONV_2D";
}

// Depthwise layers have to be named: they suffer most, as each weight is a large part of an output,
// and have few weights.
bool is_worth_it(const Node& node) {
  return node.op != "DEPTHWISE_CONV_2D";
}

struct Candidate {
  size_t node;
  double noise;  // what is added to 1 / SQNR of the network
  double bytes;
};

Candidate candidate_of(const Graph& graph, size_t node, const LayerNoise& noise) {
  const auto& operands = *ops::find_op(graph.nodes[node].op)->quantize.weights;
  const ir::Tensor& weights = *graph.input(graph.nodes[node], operands.weights);
  const ir::Tensor four =
      int8_weights(graph, graph.nodes[node], operands, std::nullopt, WeightBits::kFour);
  const double after = constant_sqnr(float_values(weights), ops::dequantized_values(four));
  return {node, 1 / after - 1 / noise.weights.value_or(kNoNoise),
          static_cast<double>(weights.elements()) / 2};
}

}  // namespace

Result<std::vector<bool>> int4_layers(const Graph& graph, const std::vector<bool>& integer,
                                      const Noise& noise, const Int4Options& options) {
  THIMBLE_TRY(check_layer_names(graph, options.layers, "to store with four bits"));
  std::vector<bool> four_bits(graph.nodes.size());
  std::vector<Candidate> candidates;
  const int64_t all_weights = count_weights(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool is_possible = integer[i] && can_have_four_bits(node);
    const bool is_named = std::ranges::count(options.layers, node.name) != 0;
    if (is_named && !is_possible)
      return base::fail(base::ErrorCode::kInvalidArgument,
                        "layer {} ({}) cannot have weights of four bits; integer CONV_2D, "
                        "DEPTHWISE_CONV_2D and FULLY_CONNECTED can",
                        node.name, node.op);
    four_bits[i] = is_named;
    if (!is_possible || !is_worth_it(node)) continue;
    if (options.which == Which::kAll) four_bits[i] = true;
    if (options.which != Which::kAuto) continue;
    const Candidate candidate = candidate_of(graph, i, noise.layers[i]);
    if (kFewestOfAll * 2 * candidate.bytes >= static_cast<double>(all_weights))
      candidates.push_back(candidate);
  }
  std::ranges::stable_sort(candidates, {}, [](const Candidate& c) { return c.noise / c.bytes; });
  const double most_noise = std::pow(10.0, -options.least_sqnr_db / 10);
  double total = 1 / noise.predicted;
  for (const Candidate& candidate : candidates) {
    if (total + candidate.noise > most_noise) continue;
    total += candidate.noise;
    four_bits[candidate.node] = true;
  }
  return four_bits;
}

}  // namespace thimble::optimize
