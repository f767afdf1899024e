#include "passes/mac_node.h"

#include "base/check.h"

namespace thimble::passes {

MacNode::MacNode(MacShape shape, ops::OutputStage output_stage)
    : MacShape(std::move(shape)), stage(std::move(output_stage)), bias(ops::integer_bias(layer)) {}

std::optional<MacNode> MacNode::of(const ir::Graph& graph, const ir::Node& node) {
  auto shape = MacShape::of(graph, node);
  if (!shape || !shape->is_integer()) return std::nullopt;
  const auto activation = ops::read_activation(node);
  CHECK(activation, "{}", activation.error().to_string());
  auto stage = ops::output_stage(shape->layer, *activation);
  CHECK(stage, "{}", stage.error().to_string());
  return MacNode(std::move(*shape), std::move(*stage));
}

}  // namespace thimble::passes
