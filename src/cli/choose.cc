#include "cli/choose.h"

#include "base/files.h"
#include "passes/pipeline.h"
#include "tune/cache.h"
#include "tune/choices_file.h"

namespace thimble::cli {
namespace {

// For whose layers choices are made.
base::Result<ir::Graph> built_graph(const ir::Graph& graph, bool passes) {
  if (!passes) return graph;
  return passes::optimize(graph);
}

}  // namespace

void add_prefer_option(CLI::App& app, std::string& prefer) {
  app.add_option("--prefer", prefer,
                 "Choose the kernels for speed, balanced (no expanded weights) or size")
      ->check(CLI::IsMember({"speed", "balanced", "size"}))
      ->capture_default_str();
}

plan::Preference preference(const std::string& prefer) {
  if (prefer == "speed") return plan::Preference::kSpeed;
  return prefer == "size" ? plan::Preference::kSize : plan::Preference::kBalanced;
}

void add_sparse_option(CLI::App& app, std::string& sparse) {
  app.add_option(
         "--sparse", sparse,
         "Leave weights of zero out of flash: auto (where that is as fast, or flash is what "
         "counts), always (where it takes less flash) or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

plan::SparseUse sparse_use(const std::string& sparse) {
  if (sparse == "always") return plan::SparseUse::kAlways;
  return sparse == "never" ? plan::SparseUse::kNever : plan::SparseUse::kAuto;
}

void add_choose_options(CLI::App& app, ChooseOptions& options) {
  add_prefer_option(app, options.prefer);
  add_sparse_option(app, options.sparse);
  auto* tune = app.add_flag("--tune", options.tune,
                            "Choose the kernels by measuring all of them on the simulated board");
  app.add_option("--flash-budget", options.flash_budget,
                 "With --tune: flash that the program may take, like 96K")
      ->transform(CLI::AsSizeValue(false))
      ->needs(tune);
  app.add_option("--ram-budget", options.ram_budget,
                 "RAM that it may take, stack included, like 48K")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--choices", options.choices,
                 "A file of kernels to use, layer by layer; with --tune it is written")
      ->type_name("FILE");
  app.add_option("--cache", options.cache,
                 "With --tune: folder for what was measured (default: ~/.cache/thimble/tune)")
      ->type_name("DIR")
      ->needs(tune);
  app.add_flag("--no-cache", options.no_cache, "With --tune: measure everything anew")
      ->needs(tune)
      ->excludes("--cache");
}

base::Result<plan::Choices> choices_without_tuning(const ChooseOptions& options,
                                                   const ir::Graph& graph, bool passes) {
  plan::Choices choices{
      .prefer = preference(options.prefer), .sparse = sparse_use(options.sparse), .layers = {}};
  if (!options.choices.empty()) {
    if (choices.sparse != plan::SparseUse::kAuto)
      return base::fail(base::ErrorCode::kInvalidArgument,
                        "--sparse {}: the file of --choices says already which kernels to use",
                        options.sparse);
    THIMBLE_ASSIGN(const ir::Graph built, built_graph(graph, passes));
    THIMBLE_ASSIGN(choices, tune::read_choices(options.choices, built));
  }
  return choices;
}

tune::Options rule_options(const ChooseOptions& options, const measure::BenchOptions& bench) {
  return {.bench = bench,
          .flash_budget_bytes = {},
          .ram_budget_bytes = options.ram_budget,
          .cache = {},
          .on_run = {}};
}

base::Result<tune::Tuning> tune_network(const ChooseOptions& options, const ir::Graph& graph,
                                        const board::Board& board, const board::Core& core,
                                        std::span<const base::Bytes> inputs,
                                        const measure::BenchOptions& bench,
                                        base::StatusLine& status) {
  tune::Options tune;
  tune.bench = bench;
  tune.bench.choices.prefer = preference(options.prefer);
  tune.bench.choices.sparse = sparse_use(options.sparse);
  tune.flash_budget_bytes = options.flash_budget;
  tune.ram_budget_bytes = options.ram_budget;
  if (!options.no_cache)
    tune.cache =
        options.cache.empty() ? tune::default_cache_folder() : std::filesystem::path(options.cache);
  status.stage("tuning");
  tune.on_run = [&](size_t done, size_t all) {
    status.update(static_cast<double>(done) / static_cast<double>(all),
                  fmt::format("run {} of {}", done, all));
  };
  THIMBLE_ASSIGN(tune::Tuning tuning, tune::tune(graph, board, core, inputs, tune));
  if (!options.choices.empty()) {
    THIMBLE_ASSIGN(const ir::Graph built, built_graph(graph, bench.passes));
    THIMBLE_TRY(
        base::write_file(options.choices, tune::choices_json(tuning.choices, built, board.name)));
  }
  return tuning;
}

std::string tuning_text(const tune::Tuning& tuning) {
  return fmt::format("tuned    {} kernels to choose from, {} of them measured now, in {} runs{}\n",
                     tuning.candidates, tuning.measured, tuning.runs,
                     tuning.by_rule ? "; kept the choice by rule" : "");
}

}  // namespace thimble::cli
