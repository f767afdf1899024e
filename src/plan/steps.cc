#include "plan/steps.h"

#include "ops/op.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"

namespace thimble::plan {

base::Result<Step> lower_step(const Plan& plan, size_t node_index, size_t layer,
                              const Choices& choices) {
  const ir::Node& node = plan.graph.nodes[node_index];
  auto lower = [&]() -> base::Result<ops::Lowering> {
    THIMBLE_ASSIGN(const ops::Lowerings ways,
                   ops::find_op(node.op)->lower(plan.graph, node, plan.target));
    return choose(ways, plan.graph, layer, choices);
  };
  auto lowering = lower();
  if (!lowering)
    return base::fail(std::move(lowering).error().in(fmt::format("{} ({})", node.origin, node.op)));
  Step step;
  step.node = node_index;
  step.layer = layer;
  step.lowering = std::move(*lowering);
  if (layer < choices.layers.size()) step.weights_in_ram = choices.layers[layer].weights_in_ram;
  return step;
}

base::Result<> place_buffers(Plan& plan) {
  THIMBLE_TRY(find_buffers(plan));
  plan.arena_bytes = assign_offsets(plan.buffers, plan.overlaps);
  return {};
}

}  // namespace thimble::plan
