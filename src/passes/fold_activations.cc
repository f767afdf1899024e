#include "passes/fold_activations.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ops/activation.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ops::Activation;

// Operators that end with a clamp to the range of a fused activation.
constexpr std::array<std::string_view, 8> kFusing = {"ADD",
                                                     "AVERAGE_POOL_2D",
                                                     "CONV_2D",
                                                     "DEPTHWISE_CONV_2D",
                                                     "FULLY_CONNECTED",
                                                     "MAX_POOL_2D",
                                                     "MUL",
                                                     "SUB"};

std::optional<Activation> standalone_activation(const Node& node) {
  if (node.op == "RELU") return Activation::kRelu;
  if (node.op == "RELU6") return Activation::kRelu6;
  return std::nullopt;
}

// One activation after another. RELU and RELU6 are the only ones that stand alone.
std::optional<Activation> composed(Activation first, Activation second) {
  if (first == Activation::kNone) return second;
  if (first == Activation::kReluN1To1) return std::nullopt;
  return first == Activation::kRelu6 ? first : second;
}

}  // namespace

base::Result<Graph> fold_activations(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  std::vector<std::optional<size_t>> writer(graph.tensors.size());  // in the result
  std::vector<bool> folded(graph.nodes.size());
  for (size_t i = 0; i < result.nodes.size(); ++i) {
    const Node& node = result.nodes[i];
    for (ir::TensorId id : node.outputs) writer[static_cast<size_t>(id)] = i;
    const auto activation = standalone_activation(node);
    if (!activation) continue;
    const ir::TensorId input = node.inputs[0], output = node.outputs[0];
    const auto producer = writer[static_cast<size_t>(input)];
    if (!producer || !uses.is_read_once(input)) continue;
    Node& before = result.nodes[*producer];
    if (std::ranges::find(kFusing, before.op) == kFusing.end()) continue;
    if (result.tensor(input).quantization != result.tensor(output).quantization) continue;
    THIMBLE_ASSIGN(const Activation fused, ops::read_activation(before));
    const auto both = composed(fused, *activation);
    if (!both) continue;
    before.attributes.set("activation", std::string(ops::activation_name(*both)));
    before.outputs[0] = output;
    writer[static_cast<size_t>(output)] = producer;
    folded[i] = true;
  }
  std::vector<Node> kept;
  for (size_t i = 0; i < folded.size(); ++i)
    if (!folded[i]) kept.push_back(std::move(result.nodes[i]));
  result.nodes = std::move(kept);
  return remove_unused(result);
}

}  // namespace thimble::passes
