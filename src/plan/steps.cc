#include "plan/steps.h"

#include <algorithm>

#include "ops/op.h"
#include "ops/statistics.h"
#include "plan/idle_memory.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"

namespace thimble::plan {
namespace {

// Whether the layer's share of the time is so small that its code matters more: less than one
// multiply-accumulate in two thousand, or where it has none, one operation in twenty thousand.
bool hardly_counts(Draft& draft, const ir::Node& node) {
  const ir::Graph& graph = draft.plan.graph;
  const ops::Cost cost = ops::find_op(node.op)->cost(graph, node);
  if (cost.flops == 0) return false;
  if (!draft.total) draft.total = ops::statistics(graph).total.cost;
  if (cost.maccs == 0) return 20'000 * cost.flops < draft.total->flops;
  return 2000 * cost.maccs < draft.total->maccs;
}

// The way with the least code, of those whose tables are not larger by more than code would be.
const ops::Lowering& least_flash(const ops::Lowerings& ways, const ir::Graph& graph) {
  constexpr size_t kUsualCodeBytes = 512;
  const auto bytes_of = [&](const ops::Lowering& way) { return table_bytes(way, graph); };
  const size_t least = bytes_of(*std::ranges::min_element(ways.ways, {}, bytes_of));
  return *std::find_if(ways.ways.rbegin(), ways.ways.rend(), [&](const ops::Lowering& way) {
    return bytes_of(way) <= least + kUsualCodeBytes;
  });
}

base::Result<> lower_step(Draft& draft, Step& step, const Choices& choices) {
  const ir::Graph& graph = draft.plan.graph;
  const ir::Node& node = graph.nodes[step.node];
  THIMBLE_ASSIGN(const ops::Lowerings ways,
                 lower_node(graph, node, draft.plan.target, choices.sparse));
  draft.ways.emplace_back();
  if (step.carries_rows) {
    step.lowering = ways.ways.front();
    return {};
  }
  const LayerChoice choice =
      step.layer < choices.layers.size() ? choices.layers[step.layer] : LayerChoice();
  step.weights_in_ram = choice.weights_in_ram;
  // A band may lack a way that its layer has.
  const bool is_named =
      !choice.variant.empty() &&
      (draft.plan.runs.empty() ||
       std::ranges::find(ways.ways, choice.variant, &ops::Lowering::variant) != ways.ways.end());
  if (is_named) {
    THIMBLE_ASSIGN(step.lowering, choose(ways, graph, step.layer, choices));
  } else {
    step.lowering = *allowed_ways(ways, graph, choices.prefer).front();
  }
  if (is_named || choices.prefer == Preference::kSpeed) return {};
  if (hardly_counts(draft, node)) {
    step.lowering = least_flash(ways, graph);
    return {};
  }
  draft.ways.back() = equal_ways(ways, step.lowering, graph);
  if (!draft.ways.back().empty()) step.lowering = leanest(draft.ways.back());
  return {};
}

}  // namespace

base::Result<> add_step(Draft& draft, Part part, const Choices& choices) {
  Step step;
  step.node = draft.plan.steps.size();
  step.layer = part.layer;
  step.carries_rows = part.carries_rows;
  const ir::Node& node = draft.plan.graph.nodes[step.node];
  THIMBLE_TRY_IN(lower_step(draft, step, choices), fmt::format("{} ({})", node.origin, node.op));
  draft.plan.steps.push_back(std::move(step));
  return {};
}

base::Result<> place_buffers(Plan& plan) {
  THIMBLE_TRY(find_buffers(plan));
  plan.arena_bytes = assign_offsets(plan.buffers, plan.overlaps);
  return {};
}

}  // namespace thimble::plan
