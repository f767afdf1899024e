#include "plan/plan.h"

#include <algorithm>

#include "ops/op.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"
#include "plan/share.h"

namespace thimble::plan {

std::optional<size_t> Plan::offset_of(ir::TensorId id) const {
  for (const Buffer& buffer : buffers)
    if (std::ranges::find(buffer.tensors, id) != buffer.tensors.end()) return buffer.offset;
  return std::nullopt;
}

size_t Plan::live_bytes(size_t step) const {
  size_t bytes = 0;
  for (const Buffer& buffer : buffers)
    if (buffer.first_step <= step && step <= buffer.last_step) bytes += buffer.bytes;
  return bytes;
}

size_t Plan::peak_live_bytes() const {
  size_t peak = 0;
  for (size_t step = 0; step < steps.size(); ++step) peak = std::max(peak, live_bytes(step));
  return peak;
}

namespace {

base::Result<Step> make_step(const ir::Graph& graph, size_t node_index,
                             const ops::LowerTarget& target, const Choices& choices) {
  const ir::Node& node = graph.nodes[node_index];
  Step step;
  step.node = node_index;
  THIMBLE_ASSIGN(const ops::Lowerings ways, ops::find_op(node.op)->lower(graph, node, target));
  THIMBLE_ASSIGN(step.lowering, choose(ways, graph, node_index, choices));
  if (node_index < choices.layers.size())
    step.weights_in_ram = choices.layers[node_index].weights_in_ram;
  return step;
}

}  // namespace

base::Result<Plan> make_plan(ir::Graph graph, const ops::LowerTarget& target,
                             const Choices& choices) {
  Plan plan;
  plan.graph = std::move(graph);
  plan.target = target;
  for (size_t i = 0; i < plan.graph.nodes.size(); ++i) {
    const ir::Node& node = plan.graph.nodes[i];
    auto step = make_step(plan.graph, i, target, choices);
    if (!step)
      return base::fail(std::move(step).error().in(fmt::format("{} ({})", node.origin, node.op)));
    plan.steps.push_back(std::move(*step));
  }
  if (choices.prefer != Preference::kSpeed) share_functions(plan.steps);
  THIMBLE_TRY(find_buffers(plan));
  plan.arena_bytes = assign_offsets(plan.buffers);
  return plan;
}

}  // namespace thimble::plan
