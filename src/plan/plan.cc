#include "plan/plan.h"

#include <algorithm>

#include "plan/budget.h"
#include "plan/conflicts.h"
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

// Nothing when the order is best as it is.
base::Result<std::optional<Plan>> in_better_order(const Plan& plan) {
  const std::vector<size_t> order = find_order(plan.graph, plan.steps);
  if (std::ranges::is_sorted(order)) return std::nullopt;
  Plan reordered;
  reordered.graph = plan.graph;
  reordered.target = plan.target;
  for (size_t position : order) {
    reordered.steps.push_back(plan.steps[position]);
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
    THIMBLE_ASSIGN(Step step, lower_step(plan, i, i, choices));
    plan.steps.push_back(std::move(step));
  }
  THIMBLE_TRY(place_buffers(plan));
  THIMBLE_ASSIGN(std::optional<Plan> reordered, in_better_order(plan));
  if (reordered && reordered->arena_bytes < plan.arena_bytes) plan = std::move(*reordered);
  if (choices.ram_budget_bytes && plan.arena_bytes > *choices.ram_budget_bytes) {
    THIMBLE_ASSIGN(plan, fit_to_budget(std::move(plan), choices));
  }
  if (choices.prefer != Preference::kSpeed) share_functions(plan.steps);
  return plan;
}

}  // namespace thimble::plan
