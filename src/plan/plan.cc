#include "plan/plan.h"

#include <algorithm>

#include "ops/op.h"
#include "plan/lifetimes.h"
#include "plan/offsets.h"

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

base::Result<Plan> make_plan(ir::Graph graph, const ops::LowerTarget& target) {
  Plan plan;
  plan.graph = std::move(graph);
  plan.target = target;
  for (size_t i = 0; i < plan.graph.nodes.size(); ++i) {
    const ir::Node& node = plan.graph.nodes[i];
    auto lowering = ops::find_op(node.op)->lower(plan.graph, node, target);
    if (!lowering)
      return base::fail(
          std::move(lowering).error().in(fmt::format("{} ({})", node.origin, node.op)));
    plan.steps.push_back({i, std::move(*lowering), {}});
  }
  THIMBLE_TRY(find_buffers(plan));
  plan.arena_bytes = assign_offsets(plan.buffers);
  return plan;
}

}  // namespace thimble::plan
