#include "plan/plan.h"

#include <algorithm>

#include "ops/op.h"
#include "plan/conflicts.h"
#include "plan/idle_memory.h"
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

// A step, and the ways that would take the same flash.
struct ChosenStep {
  Step step;
  std::vector<ops::Lowering> ways;
};

// Whether the layer's share of the time is so small that its code matters more: less than one
// multiply-accumulate in two thousand.
bool hardly_counts(const ir::Graph& graph, const ir::Node& node) {
  auto maccs = [&](const ir::Node& n) { return ops::find_op(n.op)->cost(graph, n).maccs; };
  uint64_t total = 0;
  for (const ir::Node& other : graph.nodes) total += maccs(other);
  return maccs(node) > 0 && 2000 * maccs(node) < total;
}

base::Result<ChosenStep> make_step(const ir::Graph& graph, size_t node_index,
                                   const ops::LowerTarget& target, const Choices& choices) {
  const ir::Node& node = graph.nodes[node_index];
  ChosenStep chosen;
  Step& step = chosen.step;
  step.node = node_index;
  THIMBLE_ASSIGN(const ops::Lowerings ways, ops::find_op(node.op)->lower(graph, node, target));
  THIMBLE_ASSIGN(step.lowering, choose(ways, graph, node_index, choices));
  const bool is_named = node_index < choices.layers.size();
  if (is_named) step.weights_in_ram = choices.layers[node_index].weights_in_ram;
  if (choices.prefer == Preference::kSpeed ||
      (is_named && !choices.layers[node_index].variant.empty()))
    return chosen;
  if (hardly_counts(graph, node)) step.lowering = ways.ways.back();
  chosen.ways = equal_ways(ways, step.lowering, graph);
  if (!chosen.ways.empty()) step.lowering = leanest(chosen.ways);
  return chosen;
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

// Takes faster ways while the arena grows by a tenth at most.
base::Result<> spend_on_scratch(Plan& lean, std::span<const std::vector<ops::Lowering>> ways) {
  const size_t limit = lean.arena_bytes + lean.arena_bytes / 10;
  // Placing may need more than what is live at once, so the second attempt aims lower.
  for (size_t aim : {limit, lean.arena_bytes + lean.arena_bytes / 20}) {
    const std::vector<const ops::Lowering*> chosen = ways_within(lean, aim, ways);
    Plan plan;
    plan.graph = lean.graph;
    plan.target = lean.target;
    plan.steps = lean.steps;
    for (Step& step : plan.steps) {
      if (chosen[step.node]) step.lowering = *chosen[step.node];
      step.scratch.reset();
    }
    THIMBLE_TRY(place_buffers(plan));
    if (plan.arena_bytes > limit) continue;
    lean = std::move(plan);
    break;
  }
  return {};
}

}  // namespace

base::Result<Plan> make_plan(ir::Graph graph, const ops::LowerTarget& target,
                             const Choices& choices) {
  Plan plan;
  plan.graph = std::move(graph);
  plan.target = target;
  std::vector<std::vector<ops::Lowering>> ways;  // by node
  for (size_t i = 0; i < plan.graph.nodes.size(); ++i) {
    const ir::Node& node = plan.graph.nodes[i];
    auto chosen = make_step(plan.graph, i, target, choices);
    if (!chosen)
      return base::fail(std::move(chosen).error().in(fmt::format("{} ({})", node.origin, node.op)));
    plan.steps.push_back(std::move(chosen->step));
    ways.push_back(std::move(chosen->ways));
  }
  THIMBLE_TRY(place_buffers(plan));
  THIMBLE_ASSIGN(std::optional<Plan> reordered, in_better_order(plan));
  if (reordered && reordered->arena_bytes < plan.arena_bytes) plan = std::move(*reordered);
  THIMBLE_TRY(spend_on_scratch(plan, ways));
  use_idle_memory(plan, ways);
  if (choices.prefer != Preference::kSpeed) share_functions(plan.steps);
  return plan;
}

}  // namespace thimble::plan
