#include "plan/plan.h"

#include <algorithm>

#include "ops/op.h"
#include "plan/conflicts.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"
#include "plan/order.h"
#include "plan/share.h"

namespace thimble::plan {

std::optional<size_t> Plan::offset_of(ir::TensorId id) const {
  for (const Buffer& buffer : buffers)
    if (std::ranges::find(buffer.tensors, id) != buffer.tensors.end()) return buffer.offset;
  return std::nullopt;
}

size_t Plan::live_bytes(size_t step) const {
  std::vector<const Buffer*> live;
  for (const Buffer& buffer : buffers)
    if (buffer.first_step <= step && step <= buffer.last_step) live.push_back(&buffer);
  std::ranges::sort(live, {}, &Buffer::offset);
  size_t bytes = 0, end = 0;
  for (const Buffer* buffer : live) {
    const size_t begin = std::max(end, buffer->offset);
    end = std::max(end, buffer->offset + buffer->bytes);
    bytes += end - std::min(begin, end);
  }
  return bytes;
}

size_t Plan::peak_live_bytes() const {
  size_t peak = 0;
  for (size_t step = 0; step < steps.size(); ++step) peak = std::max(peak, live_bytes(step));
  return peak;
}

size_t Plan::least_arena_bytes() const {
  size_t bytes = 0;
  for (size_t step = 0; step < steps.size(); ++step)
    bytes = std::max(bytes, least_bytes(buffers, overlaps, step));
  return bytes;
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

base::Result<> place_buffers(Plan& plan) {
  THIMBLE_TRY(find_buffers(plan));
  plan.arena_bytes = assign_offsets(plan.buffers, plan.overlaps);
  return {};
}

// Nothing when the order is best as it is.
base::Result<std::optional<Plan>> in_better_order(const Plan& plan) {
  const std::vector<size_t> order = find_order(plan.graph, plan.steps);
  if (std::ranges::is_sorted(order)) return std::nullopt;
  Plan reordered;
  reordered.graph = plan.graph;
  reordered.target = plan.target;
  for (size_t position : order) {
    reordered.steps.push_back(plan.steps[position]);
    reordered.steps.back().scratch.reset();
  }
  THIMBLE_TRY(place_buffers(reordered));
  return reordered;
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
  THIMBLE_TRY(place_buffers(plan));
  THIMBLE_ASSIGN(std::optional<Plan> reordered, in_better_order(plan));
  if (reordered && reordered->arena_bytes < plan.arena_bytes) return std::move(*reordered);
  return plan;
}

}  // namespace thimble::plan
