#include "measure/fit.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.h"
#include "ops/statistics.h"

namespace thimble::measure {
namespace {

using base::grouped;

std::string layer_name(const plan::Plan& plan, size_t step) {
  const ir::Node& node = plan.graph.nodes[plan.steps[step].node];
  return fmt::format("layer {} {} \"{}\"", plan.steps[step].layer, node.op, node.name);
}

// The three largest values, as "layer 3 CONV_2D "x" (36,864 B)".
template <typename F>
std::string largest_layers(const plan::Plan& plan, F bytes_of) {
  constexpr size_t kNamed = 3;
  std::vector<size_t> steps(plan.steps.size());
  std::iota(steps.begin(), steps.end(), size_t{0});
  std::ranges::stable_sort(steps, std::greater{}, bytes_of);
  std::string text;
  for (size_t i = 0; i < std::min(kNamed, steps.size()); ++i) {
    if (bytes_of(steps[i]) == 0) break;
    text += fmt::format("{}{} ({} B)", i ? ", " : "", layer_name(plan, steps[i]),
                        grouped(bytes_of(steps[i])));
  }
  return text;
}

}  // namespace

uint64_t weights_in_ram_bytes(const plan::Plan& plan) {
  uint64_t bytes = 0;
  std::set<ir::TensorId> counted;  // layers may share a tensor, and bands of one their tables
  std::set<base::Bytes> tables;
  for (const plan::Step& step : plan.steps) {
    if (!step.weights_in_ram) continue;
    for (const ops::KernelCall& call : step.lowering.calls)
      for (const ops::Constant& constant : call.constants) {
        if (!constant.is_weights) continue;
        if (constant.tensor == ir::kNoTensor)
          bytes += tables.insert(constant.bytes).second ? constant.bytes.size() : 0;
        else if (counted.insert(constant.tensor).second)
          bytes += plan.graph.tensor(constant.tensor).bytes();
      }
  }
  return bytes;
}

uint64_t stored_weight_bytes(const plan::Plan& plan) {
  const ops::NetworkStatistics stats = ops::statistics(plan.graph);
  uint64_t bytes = 0;
  std::set<ir::TensorId> stored;
  std::set<std::vector<ir::TensorId>> sparse;  // bands of one layer share their tables
  for (const plan::Step& step : plan.steps) {
    std::vector<ir::TensorId> constants;
    for (ir::TensorId id : plan.graph.nodes[step.node].inputs)
      if (id != ir::kNoTensor && ops::is_parameter(plan.graph.tensor(id))) constants.push_back(id);
    uint64_t table_bytes = plan::table_bytes(step.lowering, plan.graph);
    for (const ops::KernelCall& call : step.lowering.calls)
      for (ir::TensorId id : call.inputs)
        if (plan.graph.tensor(id).is_constant()) table_bytes += plan.graph.tensor(id).bytes();
    if (table_bytes < stats.layers[step.node].weight_bytes) {
      if (sparse.insert(constants).second) bytes += table_bytes;
      continue;
    }
    for (ir::TensorId id : constants)
      if (stored.insert(id).second) bytes += plan.graph.tensor(id).bytes();
  }
  return bytes;
}

base::Result<> check_flash(const plan::Plan& plan, const board::Board& board,
                           uint64_t flash_bytes) {
  uint64_t available = board.flash().size_bytes;
  if (flash_bytes <= available) return {};
  ops::NetworkStatistics stats = ops::statistics(plan.graph);
  return base::fail(base::Error(
      base::ErrorCode::kDoesNotFit,
      fmt::format("the network needs at least {} B of flash, {} has {} B: {} B too many",
                  grouped(flash_bytes), board.name, grouped(available),
                  grouped(flash_bytes - available)),
      "most weights: " + largest_layers(plan, [&](size_t step) {
        return stats.layers[plan.steps[step].node].weight_bytes;
      })));
}

base::Result<> check_ram(const plan::Plan& plan, const board::Board& board, uint64_t static_bytes,
                         uint64_t stack_bytes) {
  uint64_t available = board.ram().size_bytes;
  uint64_t weights_bytes = weights_in_ram_bytes(plan);
  uint64_t needed = plan.arena_bytes + weights_bytes + static_bytes + stack_bytes;
  if (needed <= available) return {};
  std::string weights =
      weights_bytes == 0 ? "" : fmt::format("weights {} B, ", grouped(weights_bytes));
  return base::fail(base::Error(
      base::ErrorCode::kDoesNotFit,
      fmt::format("the network needs at least {} B of RAM (arena {} B, {}static {} B, stack at "
                  "least {} B), {} has {} B: {} B too many",
                  grouped(needed), grouped(plan.arena_bytes), weights, grouped(static_bytes),
                  grouped(stack_bytes), board.name, grouped(available),
                  grouped(needed - available)),
      "most live at once: " +
          largest_layers(plan, [&](size_t step) { return uint64_t{plan.live_bytes(step)}; })));
}

}  // namespace thimble::measure
