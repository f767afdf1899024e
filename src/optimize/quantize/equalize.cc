#include "optimize/quantize/equalize.h"

#include <algorithm>
#include <cmath>

#include "ops/activation.h"
#include "ops/op.h"
#include "ops/quantize_values.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/weights.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::optimize {
namespace {

using ir::Graph;
using ir::Node;
using ir::Tensor;

struct Pair {
  size_t first, second;  // nodes
};

// The axis of the weights along which the input's channels lie, or -1 where they do not: groups,
// and depthwise layers that make several channels of one.
int32_t input_axis(const Graph& graph, const Node& node, const ops::WeightOperands& operands) {
  const Tensor& weights = *graph.input(node, operands.weights);
  const auto innermost = static_cast<int32_t>(weights.shape.size()) - 1;
  const Tensor& input = *graph.input(node, operands.input);
  return weights.shape.back() == input.shape.back() ? innermost : -1;
}

// Whether channels of the output may be scaled: max(s x, 0) is s max(x, 0), but a limit of 6 moves.
bool scales_through(const Node& node) {
  const auto activation = ops::read_activation(node);
  return activation == ops::Activation::kNone || activation == ops::Activation::kRelu;
}

std::vector<Pair> find_pairs(const Graph& graph) {
  const passes::Uses uses(graph);
  std::vector<Pair> pairs;
  for (size_t second = 0; second < graph.nodes.size(); ++second) {
    const Node& node = graph.nodes[second];
    const auto& operands = ops::find_op(node.op)->quantize.weights;
    if (!operands) continue;
    const ir::TensorId between = node.inputs[operands->input];
    const auto first = uses.producer(between);
    if (!first || !uses.is_read_once(between) || uses.is_output(between)) continue;
    if (!ops::find_op(graph.nodes[*first].op)->quantize.weights) continue;
    if (scales_through(graph.nodes[*first]) && input_axis(graph, node, *operands) >= 0)
      pairs.push_back({*first, second});
  }
  return pairs;
}

std::vector<float> largest_by(const Tensor& weights, int32_t axis) {
  const ops::ChannelOf channel_of(weights.shape, axis);
  std::vector<float> largest(channel_of.channels());
  const std::span<const float> values = float_values(weights);
  for (size_t i = 0; i < values.size(); ++i)
    largest[channel_of(i)] = std::max(largest[channel_of(i)], std::abs(values[i]));
  return largest;
}

void multiply(Tensor& tensor, int32_t axis, const std::vector<float>& factors) {
  const ops::ChannelOf channel_of(tensor.shape, axis);
  const std::span<const float> before = float_values(tensor);
  std::vector<float> values(before.begin(), before.end());
  for (size_t i = 0; i < values.size(); ++i) values[i] *= factors[channel_of(i)];
  tensor.data = float_data(values);
}

// Returns how far the largest factor is from 1.
float equalize_pair(Graph& graph, const Pair& pair) {
  const Node &first = graph.nodes[pair.first], &second = graph.nodes[pair.second];
  const ops::WeightOperands out = *ops::find_op(first.op)->quantize.weights;
  const ops::WeightOperands in = *ops::find_op(second.op)->quantize.weights;
  const int32_t axis = input_axis(graph, second, in);
  const std::vector<float> of_first =
      largest_by(*graph.input(first, out.weights), out.channel_axis);
  const std::vector<float> of_second = largest_by(*graph.input(second, in.weights), axis);
  std::vector<float> up(of_first.size(), 1.0f), down(of_first.size(), 1.0f);
  float farthest = 0;
  for (size_t c = 0; c < of_first.size(); ++c) {
    if (of_first[c] == 0 || of_second[c] == 0) continue;
    const float factor = std::sqrt(of_first[c] / of_second[c]);
    if (!std::isnormal(factor) || !std::isnormal(1 / factor)) continue;
    up[c] = factor;
    down[c] = 1 / factor;
    farthest = std::max(farthest, std::abs(std::log(factor)));
  }
  multiply(graph.tensor(first.inputs[out.weights]), out.channel_axis, down);
  if (graph.input(first, out.bias)) multiply(graph.tensor(first.inputs[out.bias]), 0, down);
  multiply(graph.tensor(second.inputs[in.weights]), axis, up);
  return farthest;
}

// Constants that several layers read would be scaled for all of them: each gets its own.
void separate_constants(Graph& graph) {
  for (Node& node : graph.nodes) {
    const auto& operands = ops::find_op(node.op)->quantize.weights;
    if (!operands) continue;
    for (size_t operand : {operands->weights, operands->bias})
      if (graph.input(node, operand))
        node.inputs[operand] = graph.add_tensor(graph.tensor(node.inputs[operand]));
  }
}

}  // namespace

base::Result<Graph> equalize(const Graph& graph) {
  constexpr int kMostRounds = 40;
  constexpr float kConverged = 1e-3f;
  Graph result = graph;
  separate_constants(result);
  const std::vector<Pair> pairs = find_pairs(result);
  for (int round = 0; round < kMostRounds; ++round) {
    float farthest = 0;
    for (const Pair& pair : pairs) farthest = std::max(farthest, equalize_pair(result, pair));
    if (farthest < kConverged) break;
  }
  return passes::remove_unused(result);
}

}  // namespace thimble::optimize
