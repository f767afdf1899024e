#include "plan/idle_memory.h"

#include <algorithm>

#include "plan/conflicts.h"

namespace thimble::plan {
namespace {

struct Gap {
  size_t offset = 0, bytes = 0;
};

size_t aligned(size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// The largest part of the arena in which nothing but scratch lies during a step.
Gap largest_gap(const Plan& plan, size_t step) {
  std::vector<const Buffer*> live;
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    const Buffer& buffer = plan.buffers[i];
    if (plan.steps[step].scratch != i && buffer.first_step <= step && step <= buffer.last_step)
      live.push_back(&buffer);
  }
  std::ranges::sort(live, {}, &Buffer::offset);
  Gap best;
  size_t begin = 0;
  auto consider = [&](size_t end) {
    if (end > begin && end - begin > best.bytes) best = {begin, end - begin};
  };
  for (const Buffer* buffer : live) {
    consider(buffer->offset);
    begin = std::max(begin, aligned(buffer->offset + buffer->bytes));
  }
  consider(plan.arena_bytes);
  return best;
}

// Whether the output of the step may lie where it lies when the step is executed in this way.
bool suits_placement(const Plan& plan, const ir::Node& node, const ops::Lowering& way) {
  const auto output = plan.offset_of(node.outputs[0]);
  if (!output) return false;
  const size_t output_end = *output + plan.graph.output(node).bytes();
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == ir::kNoTensor) continue;
    const auto input = plan.offset_of(node.inputs[i]);
    if (!input) continue;
    const size_t input_end = *input + plan.graph.tensor(node.inputs[i]).bytes();
    if (output_end <= *input || input_end <= *output) continue;
    if (!way.overlap || (way.overlap->input != i && way.overlap->other_input != i)) return false;
    const int64_t distance = static_cast<int64_t>(*input) - static_cast<int64_t>(*output);
    if (distance < way.overlap->lead_bytes ||
        (way.overlap->exact && distance != way.overlap->lead_bytes))
      return false;
  }
  return true;
}

size_t scratch_bytes(const ops::Lowering& way) {
  size_t bytes = 0;
  for (const ops::KernelCall& call : way.calls) bytes = std::max(bytes, call.scratch_bytes);
  return bytes;
}

}  // namespace

std::vector<ops::Lowering> equal_ways(const ops::Lowerings& lowerings, const ops::Lowering& chosen,
                                      const ir::Graph& graph) {
  std::vector<ops::Lowering> ways;
  for (const ops::Lowering& way : lowerings.ways)
    if (table_bytes(way, graph) == table_bytes(chosen, graph) && way.calls.size() == 1)
      ways.push_back(way);
  return ways;
}

const ops::Lowering& leanest(std::span<const ops::Lowering> ways) {
  return *std::ranges::min_element(ways, {}, scratch_bytes);
}

void use_idle_memory(Plan& plan, std::span<const std::vector<ops::Lowering>> ways) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    Step& step = plan.steps[i];
    const ir::Node& node = plan.graph.nodes[step.node];
    const Gap gap = largest_gap(plan, i);
    // Only those before its own way are faster. That one need not fit the gap: its scratch memory
    // may lie over an input.
    const auto& all = ways[step.node];
    const auto own = std::ranges::find(all, step.lowering.variant, &ops::Lowering::variant);
    const auto better = std::find_if(all.begin(), own, [&](const ops::Lowering& way) {
      return scratch_bytes(way) <= gap.bytes && suits_placement(plan, node, way);
    });
    if (better == own) continue;
    step.lowering = *better;
    const size_t bytes = scratch_bytes(*better);
    if (bytes == 0) continue;
    if (!step.scratch) {
      step.scratch = plan.buffers.size();
      plan.buffers.push_back({.first_step = i, .last_step = i, .tensors = {}});
    }
    Buffer& scratch = plan.buffers[*step.scratch];
    scratch.offset = gap.offset;
    scratch.bytes = bytes;
  }
}

std::vector<const ops::Lowering*> ways_within(const Plan& lean, size_t limit_bytes,
                                              std::span<const std::vector<ops::Lowering>> ways) {
  std::vector<const ops::Lowering*> chosen(ways.size());
  for (size_t i = 0; i < lean.steps.size(); ++i) {
    const size_t node = lean.steps[i].node;
    if (ways[node].empty()) continue;
    const size_t all = least_bytes(lean.buffers, lean.overlaps, i);
    const size_t others = all - std::min(all, aligned(scratch_bytes(lean.steps[i].lowering)));
    auto fits = [&](const ops::Lowering& way) {
      return others + aligned(scratch_bytes(way)) <= limit_bytes;
    };
    auto fastest = std::ranges::find_if(ways[node], fits);
    chosen[node] = fastest == ways[node].end() ? &leanest(ways[node]) : &*fastest;
  }
  return chosen;
}

}  // namespace thimble::plan
