#include "plan/plan.h"

#include <algorithm>

#include "plan/budget.h"
#include "plan/conflicts.h"
#include "plan/idle_memory.h"
#include "plan/order.h"
#include "plan/share.h"
#include "plan/steps.h"

namespace thimble::plan {

std::optional<size_t> Plan::offset_of(ir::TensorId id) const {
  for (const View& view : views)
    if (view.tensor == id) return offset_of(view.base).value() + view.offset_bytes;
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

// The same steps in the order that needs the smallest arena.
base::Result<> find_better_order(Plan& plan) {
  const std::vector<size_t> order = find_order(plan.graph, plan.steps);
  if (std::ranges::is_sorted(order)) return {};
  Plan reordered = plan;
  for (size_t i = 0; i < order.size(); ++i) reordered.steps[i] = plan.steps[order[i]];
  THIMBLE_TRY(place_buffers(reordered));
  if (reordered.arena_bytes < plan.arena_bytes) plan = std::move(reordered);
  return {};
}

// Takes faster ways while the arena grows to `limit_bytes` at most.
base::Result<> spend_on_scratch(Draft& lean, size_t limit_bytes) {
  const size_t lean_bytes = lean.plan.arena_bytes;
  if (limit_bytes <= lean_bytes) return {};
  // Placing may need more than what is live at once, so the second attempt aims lower.
  for (size_t aim : {limit_bytes, lean_bytes + (limit_bytes - lean_bytes) / 2}) {
    const std::vector<const ops::Lowering*> chosen = ways_within(lean.plan, aim, lean.ways);
    Plan plan = lean.plan;
    for (Step& step : plan.steps)
      if (chosen[step.node]) step.lowering = *chosen[step.node];
    THIMBLE_TRY(place_buffers(plan));
    if (plan.arena_bytes > limit_bytes) continue;
    lean.plan = std::move(plan);
    break;
  }
  return {};
}

// What was chosen by measuring whole layers is not what bands of them take.
bool names_ways(const Choices& choices) {
  return std::ranges::any_of(choices.layers,
                             [](const LayerChoice& layer) { return !layer.variant.empty(); });
}

}  // namespace

base::Result<Plan> make_plan(ir::Graph graph, const ops::LowerTarget& target,
                             const Choices& choices) {
  Draft draft;
  Plan& plan = draft.plan;
  plan.graph = std::move(graph);
  plan.target = target;
  for (size_t i = 0; i < plan.graph.nodes.size(); ++i) THIMBLE_TRY(add_step(draft, {i}, choices));
  THIMBLE_TRY(place_buffers(plan));
  THIMBLE_TRY(find_better_order(plan));
  const size_t whole_bytes = plan.arena_bytes;  // with no layers in bands
  if (choices.ram_budget_bytes)
    THIMBLE_TRY(fit_to_budget(draft, choices));
  else if (choices.prefer == Preference::kBalanced && !choices.whole_layers && !names_ways(choices))
    THIMBLE_TRY(take_worthwhile_bands(draft, choices));
  // Blocks of a reasonable size take about a kilobyte, whatever the arena.
  size_t little_more = plan.arena_bytes + std::max<size_t>(plan.arena_bytes / 10, 1024);
  if (plan.arena_bytes < whole_bytes) little_more = std::max(little_more, whole_bytes);
  THIMBLE_TRY(spend_on_scratch(draft, choices.ram_budget_bytes.value_or(little_more)));
  use_idle_memory(plan, draft.ways);
  if (choices.prefer != Preference::kSpeed) share_functions(plan.steps);
  return std::move(plan);
}

}  // namespace thimble::plan
