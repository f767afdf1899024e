#include "tune/by_rule.h"

#include <algorithm>

#include "base/text.h"
#include "ops/statistics.h"
#include "passes/pipeline.h"
#include "plan/plan.h"

namespace thimble::tune {
namespace {

using base::ErrorCode;
using base::grouped;
using base::Result;

// A weight that is read again and again is worth less: its layer waits for the flash a smaller part
// of the time. On a nucleo-l4r5zi fully connected layers gain a fifth, convolutions of images of 64
// pixels and more gain 1 to 3 %.
constexpr uint64_t kMaxMaccsPerByte = 4;

// What a program takes besides arena and weights, when that is not known yet.
constexpr uint64_t kUsualStaticBytes = 1024;

// `overhead_bytes`: RAM that the program takes besides arena and weights.
Result<> put_weights_in_ram(const ir::Graph& graph, const ops::LowerTarget& target,
                            uint64_t ram_bytes, uint64_t overhead_bytes, plan::Choices& choices) {
  THIMBLE_ASSIGN(const plan::Plan plan, plan::make_plan(graph, target, choices));
  const uint64_t taken = plan.arena_bytes + overhead_bytes;
  uint64_t left = ram_bytes - std::min(ram_bytes, taken);
  choices.layers.resize(graph.nodes.size());
  const ops::NetworkStatistics stats = ops::statistics(graph);
  for (const plan::Step& step : plan.steps) {
    plan::LayerChoice& layer = choices.layers[step.layer];
    const uint64_t bytes = plan::weights_bytes(step.lowering, plan.graph);
    const uint64_t maccs = stats.layers[step.layer].cost.maccs;
    // Zeros may be left out of the bytes.
    const uint64_t dense_bytes = stats.layers[step.layer].weight_bytes;
    // Bands of a layer share their weights.
    if (layer.weights_in_ram || bytes > left ||
        maccs > kMaxMaccsPerByte * std::max(bytes, dense_bytes))
      continue;
    layer.weights_in_ram = bytes > 0;
    left -= bytes;
  }
  return {};
}

Result<plan::Choices> choices_with(const ir::Graph& graph, const board::Board& board,
                                   const board::Core& core, const Options& options,
                                   uint64_t overhead_bytes) {
  plan::Choices choices = options.bench.choices;
  const uint64_t ram_bytes = options.ram_budget_bytes.value_or(board.ram().size_bytes);
  if (options.ram_budget_bytes)
    choices.ram_budget_bytes = ram_bytes - std::min(ram_bytes, overhead_bytes);
  if (choices.prefer == plan::Preference::kSpeed && choices.layers.empty() && flash_waits(board)) {
    const ops::LowerTarget target = measure::lower_target(board, core, options.bench);
    THIMBLE_TRY(put_weights_in_ram(graph, target, ram_bytes, overhead_bytes, choices));
  }
  return choices;
}

uint64_t usual_overhead(const Options& options) {
  return options.bench.build.stack_bytes + kUsualStaticBytes;
}

}  // namespace

bool flash_waits(const board::Board& board) {
  const board::Memory& flash = board.flash();
  return flash.wait_states > 0 || flash.bus_cycles > 0;
}

Result<plan::Choices> choices_by_rule(const ir::Graph& graph, const board::Board& board,
                                      const board::Core& core, const Options& options) {
  return choices_with(graph, board, core, options, usual_overhead(options));
}

Result<Ruled> bench_by_rule(const ir::Graph& graph, const board::Board& board,
                            const board::Core& core, std::span<const base::Bytes> inputs,
                            const Options& options) {
  constexpr int kMostAttempts = 4;
  ir::Graph built = graph;
  if (options.bench.passes) {
    THIMBLE_ASSIGN(built, passes::optimize(graph));
  }
  const std::optional<uint64_t>& budget = options.ram_budget_bytes;
  measure::BenchOptions bench = options.bench;
  uint64_t overhead = budget ? 0 : usual_overhead(options);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    THIMBLE_ASSIGN(bench.choices, choices_with(built, board, core, options, overhead));
    THIMBLE_ASSIGN(measure::Measurement m, measure::bench(graph, board, core, inputs, bench));
    const measure::RamUse& ram = m.ram;
    if (!budget || ram.total_bytes() <= *budget) return Ruled{bench.choices, std::move(m)};
    overhead = std::max(overhead, ram.total_bytes() - ram.arena_bytes - ram.weights_bytes);
  }
  return base::fail(ErrorCode::kDoesNotFit,
                    "no program of at most {} B of RAM was found: besides arena and weights it "
                    "takes {} B",
                    grouped(*budget), grouped(overhead));
}

}  // namespace thimble::tune
