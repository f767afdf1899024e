#include "tune/tune.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/text.h"
#include "ops/sparse_rows.h"
#include "passes/pipeline.h"
#include "plan/conflicts.h"
#include "plan/lifetimes.h"
#include "plan/plan.h"
#include "sim/machine.h"
#include "tune/by_rule.h"
#include "tune/cache.h"
#include "tune/candidates.h"
#include "tune/measure_candidates.h"
#include "tune/select.h"

namespace thimble::tune {
namespace {

using base::ErrorCode;
using base::grouped;
using base::Result;

// Unless speed is preferred, RAM is saved at a price in time: a percent of time for two of RAM or
// more, and no more than this in all.
constexpr double kPriceOfRam = 0.05;

// What the least of which is the best balance of time and RAM.
double price(uint64_t cycles, uint64_t ram_bytes) {
  return static_cast<double>(cycles) * static_cast<double>(cycles) * static_cast<double>(ram_bytes);
}

std::string board_text(const board::Board& board) {
  std::string text = fmt::format("{} {} Hz", board.name, board.clock_hz);
  for (const board::Memory& m : board.memories)
    text +=
        fmt::format("; {} {:x} wait {} bus {} read {} prefetch {} coupled {}", m.name, m.base,
                    m.wait_states, m.bus_cycles, m.read_bytes, m.prefetch, m.tightly_coupled_bytes);
  for (const board::Cache& c : board.caches)
    text += fmt::format("; cache {} {} {} {} {} {} {} {}", static_cast<int>(c.serves), c.size_bytes,
                        c.line_bytes, c.ways, static_cast<int>(c.replacement), c.write_back,
                        c.eviction_cycles, c.enabled);
  return text + fmt::format("; code {} data {}", board.code_memory, board.data_memory);
}

Result<std::string> environment_text(const board::Board& board, const board::Core& core,
                                     const Options& options) {
  const firmware::BuildOptions& build = options.bench.build;
  THIMBLE_ASSIGN(const std::string compiler, firmware::compiler_version(build.compiler));
  const std::string& timing = core.timing_toml;
  return fmt::format("thimble-tune/1\nboard {}\ncore {} {:08x} memories {}\ncompiler {} {} {}{}",
                     board_text(board), core.name, base::crc32(std::as_bytes(std::span(timing))),
                     sim::kMemoryTimingVersion, compiler,
                     fmt::join(firmware::processor_flags(board, core, build.fpu), " "),
                     build.optimization,
                     options.bench.choices.prefer == plan::Preference::kSpeed ? "" : " shared");
}

// Where the weights' place matters, and RAM may be spent on it.
bool may_use_ram(const board::Board& board, const Options& options) {
  return flash_waits(board) &&
         (options.ram_budget_bytes || options.bench.choices.prefer == plan::Preference::kSpeed);
}

// What each step needs of the arena, by the planner's own rules for lifetimes and overlaps.
class StepPlanner {
 public:
  StepPlanner(plan::Plan plan, const std::vector<Layer>& layers)
      : plan_(std::move(plan)), layers_(layers) {}

  std::vector<uint64_t> operator()(const Selection& selection) {
    plan_.buffers.clear();
    plan_.overlaps.clear();
    for (plan::Step& step : plan_.steps) {
      step.scratch.reset();
      if (!step.carries_rows) step.lowering = layers_[step.layer][selection[step.layer]].lowering;
    }
    const auto found = plan::find_buffers(plan_);
    std::vector<uint64_t> bytes;
    for (size_t step = 0; step < plan_.steps.size(); ++step)
      bytes.push_back(found ? plan::least_bytes(plan_.buffers, plan_.overlaps, step) : UINT32_MAX);
    return bytes;
  }

 private:
  plan::Plan plan_;
  const std::vector<Layer>& layers_;
};

class Tuner {
 public:
  Tuner(const ir::Graph& graph, const board::Board& board, const board::Core& core,
        std::span<const base::Bytes> inputs, const Options& options)
      : graph_(graph), board_(board), core_(core), inputs_(inputs), options_(options) {}

  Result<Tuning> run() {
    ir::Graph built = graph_;
    if (options_.bench.passes) {
      THIMBLE_ASSIGN(built, passes::optimize(graph_));
    }
    const ops::LowerTarget target = measure::lower_target(board_, core_, options_.bench);
    CandidateOptions candidate_options;
    candidate_options.prefer = options_.bench.choices.prefer;
    candidate_options.sparse = options_.bench.choices.sparse;
    candidate_options.weights_in_ram = may_use_ram(board_, options_);
    THIMBLE_ASSIGN(candidate_options.environment, environment_text(board_, core_, options_));
    THIMBLE_ASSIGN(layers_, find_candidates(built, target, candidate_options));
    const Cache cache(options_.cache);
    THIMBLE_ASSIGN(const Effort effort,
                   measure_candidates(built, board_, core_, inputs_, options_, cache, layers_));
    tuning_.measured = effort.measured;
    tuning_.runs = effort.runs;
    for (const Layer& layer : layers_)
      if (layer[0].has_code()) tuning_.candidates += layer.size();

    plan::Choices whole_layers = rule();
    whole_layers.whole_layers = true;  // as they were measured
    THIMBLE_ASSIGN(plan::Plan plan, plan::make_plan(std::move(built), target, whole_layers));
    StepPlanner planner(std::move(plan), layers_);
    step_bytes_ = [&planner](const Selection& selection) { return planner(selection); };
    THIMBLE_TRY(choose());
    if (!tuning_.by_rule) THIMBLE_TRY(keep_rule_if_better());
    return std::move(tuning_);
  }

 private:
  uint64_t flash_limit() const {
    return options_.flash_budget_bytes.value_or(board_.flash().size_bytes);
  }
  uint64_t ram_limit() const { return options_.ram_budget_bytes.value_or(board_.ram().size_bytes); }

  // The choices that were asked for, without those of layers.
  plan::Choices rule() const {
    return {.prefer = options_.bench.choices.prefer,
            .sparse = options_.bench.choices.sparse,
            .layers = {}};
  }

  // What the program needs besides tables, arena and weights is known when it is built; so the
  // choice is made again with that in mind until it holds.
  Result<> choose() {
    constexpr int kMostAttempts = 6;
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      const Selected selected =
          select_within({.flash_bytes = flash_limit() - std::min(flash_limit(), flash_overhead_),
                         .ram_bytes = ram_limit() - std::min(ram_limit(), ram_overhead_)});
      if (!selected.fits && options_.ram_budget_bytes) return choose_bands(selected);
      THIMBLE_TRY(build(selected));
      if (!selected.fits) return base::fail(budget_error(selected));
      if (tuning_.final.flash.total_bytes() <= flash_limit() &&
          tuning_.final.ram.total_bytes() <= ram_limit())
        return {};
    }
    return base::fail(ErrorCode::kDoesNotFit,
                      "no choice of kernels was found that needs at most {} B of flash and {} B of "
                      "RAM; the last one needed {} B and {} B",
                      grouped(flash_limit()), grouped(ram_limit()),
                      grouped(tuning_.final.flash.total_bytes()),
                      grouped(tuning_.final.ram.total_bytes()));
  }

  // Layers in bands, which the planner takes by rule where they save much RAM, are not measured:
  // the rule may be better than the best of whole layers.
  Result<> keep_rule_if_better() {
    Options options = options_;
    options.bench.choices = rule();
    options.bench.keep.clear();
    Result<Ruled> ruled = bench_by_rule(graph_, board_, core_, inputs_, options);
    if (!ruled) {
      if (ruled.error().code == ErrorCode::kDoesNotFit) return {};
      return base::fail(std::move(ruled).error());
    }
    const measure::Measurement& m = ruled->measurement;
    if (m.flash.total_bytes() > flash_limit() || m.ram.total_bytes() > ram_limit()) return {};
    if (costs(m) >= costs(tuning_.final)) return {};
    tuning_.choices = std::move(ruled->choices);
    tuning_.by_rule = true;
    if (!options_.bench.keep.empty()) return run_final();  // which keeps the firmware
    tuning_.final = std::move(ruled->measurement);
    return {};
  }

  // What the preference wants to have little of; the second number decides between equals.
  std::pair<double, uint64_t> costs(const measure::Measurement& m) const {
    switch (options_.bench.choices.prefer) {
      case plan::Preference::kSpeed:
        return {static_cast<double>(m.cycles), m.ram.total_bytes()};
      case plan::Preference::kBalanced:
        return {price(m.cycles, m.ram.total_bytes()), m.cycles};
      case plan::Preference::kSize:
        break;
    }
    return {static_cast<double>(m.flash.total_bytes()), m.cycles};
  }

  // No way of executing whole layers needs so little RAM, but layers in bands may: the planner does
  // that, and takes kernels by rule.
  Result<> choose_bands(const Selected& selected) {
    Options options = options_;
    options.bench.choices = rule();
    Result<Ruled> ruled = bench_by_rule(graph_, board_, core_, inputs_, options);
    if (!ruled && ruled.error().code != ErrorCode::kDoesNotFit)
      return base::fail(std::move(ruled).error());
    if (ruled && ruled->measurement.flash.total_bytes() <= flash_limit()) {
      tuning_.choices = std::move(ruled->choices);
      tuning_.final = std::move(ruled->measurement);
      tuning_.by_rule = true;
      return {};
    }
    THIMBLE_TRY(build(selected));
    return base::fail(budget_error(selected));
  }

  Result<> run_final() {
    measure::BenchOptions bench = options_.bench;
    bench.choices = tuning_.choices;
    THIMBLE_ASSIGN(tuning_.final, measure::bench(graph_, board_, core_, inputs_, bench));
    return {};
  }

  Result<> build(const Selected& selected) {
    tuning_.choices = choices_of(selected.selection);
    THIMBLE_TRY(run_final());
    compare_sparse(selected.selection);
    const uint64_t flash = tuning_.final.flash.total_bytes(), ram = tuning_.final.ram.total_bytes();
    flash_overhead_ = std::max(flash_overhead_, flash - std::min(flash, selected.flash_bytes));
    ram_overhead_ = std::max(ram_overhead_, ram - std::min(ram, selected.ram_bytes));
    return {};
  }

  // The fastest; but unless speed is preferred, one that saves RAM if that is worth its time.
  Selected select_within(const Budget& budget) const {
    const Selected fastest = select(layers_, step_bytes_, budget);
    if (!fastest.fits || options_.bench.choices.prefer == plan::Preference::kSpeed) return fastest;
    const auto price_of = [&](const Selected& selected) {
      return price(selected.cycles, selected.ram_bytes + ram_overhead_);
    };
    const double most_cycles = static_cast<double>(fastest.cycles) * (1 + kPriceOfRam);
    constexpr uint64_t kStepBytes = 64;
    Selected best = fastest, smallest = fastest;
    for (uint64_t low = 0; smallest.ram_bytes > low + kStepBytes;) {
      const uint64_t middle = low + (smallest.ram_bytes - low) / 2;
      Selected smaller = select(layers_, step_bytes_, {budget.flash_bytes, middle});
      if (!smaller.fits || static_cast<double>(smaller.cycles) > most_cycles) {
        low = middle;
        continue;
      }
      smallest = std::move(smaller);
      if (price_of(smallest) < price_of(best)) best = smallest;
    }
    return best;
  }

  // What sparse layers gain or lose, as measured.
  void compare_sparse(const Selection& selection) {
    for (measure::LayerMeasurement& layer : tuning_.final.layers) {
      const Candidate& chosen = layers_[layer.index][selection[layer.index]];
      std::optional<uint64_t> dense;
      for (const Candidate& other : layers_[layer.index])
        if (other.choice.variant != ops::kSparseVariant && other.cycles)
          dense = std::min(dense.value_or(*other.cycles), *other.cycles);
      if (!layer.is_sparse || !chosen.cycles || !dense || *dense == 0) continue;
      layer.sparse_time = static_cast<double>(*chosen.cycles) / static_cast<double>(*dense);
    }
  }

  plan::Choices choices_of(const Selection& selection) const {
    plan::Choices choices = rule();
    for (size_t i = 0; i < layers_.size(); ++i)
      choices.layers.push_back(layers_[i][selection[i]].choice);
    return choices;
  }

  base::Error budget_error(const Selected& selected) const {
    const Selected least_ram = select(layers_, step_bytes_, {UINT64_MAX, 0});
    uint64_t least_flash = flash_overhead_;
    for (const Layer& layer : layers_)
      least_flash += std::ranges::min_element(layer, {}, &Candidate::table_bytes)->table_bytes;
    return {ErrorCode::kDoesNotFit,
            fmt::format("the network does not fit {} B of flash and {} B of RAM: the nearest "
                        "choice of kernels needs {} B and {} B",
                        grouped(flash_limit()), grouped(ram_limit()),
                        grouped(selected.flash_bytes + flash_overhead_),
                        grouped(selected.ram_bytes + ram_overhead_)),
            fmt::format("the smallest that these kernels reach is about {} B of flash, or {} B of "
                        "RAM",
                        grouped(least_flash), grouped(least_ram.ram_bytes + ram_overhead_))};
  }

  const ir::Graph& graph_;
  const board::Board& board_;
  const board::Core& core_;
  const std::span<const base::Bytes> inputs_;
  const Options& options_;
  std::vector<Layer> layers_;
  StepBytes step_bytes_;
  // What the program takes besides what a selection counts; as far as it is known.
  uint64_t flash_overhead_ = 0, ram_overhead_ = measure::kMinStackBytes;
  Tuning tuning_;
};

}  // namespace

Result<Tuning> tune(const ir::Graph& graph, const board::Board& board, const board::Core& core,
                    std::span<const base::Bytes> inputs, const Options& options) {
  return Tuner(graph, board, core, inputs, options).run();
}

}  // namespace thimble::tune
