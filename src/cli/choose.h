// The options of commands that build a network: how its kernels are chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>

#include "base/progress.h"
#include "measure/bench.h"
#include "plan/choice.h"
#include "tune/tune.h"

namespace thimble::cli {

struct ChooseOptions {
  std::string prefer = "balanced", sparse = "auto", choices, cache;
  std::optional<uint64_t> flash_budget, ram_budget;
  bool tune = false, no_cache = false;
};

void add_choose_options(CLI::App& app, ChooseOptions& options);

// --prefer alone, and what it says.
void add_prefer_option(CLI::App& app, std::string& prefer);
plan::Preference preference(const std::string& prefer);

void add_sparse_option(CLI::App& app, std::string& sparse);
plan::SparseUse sparse_use(const std::string& sparse);

// By preference, or what the file says; budgets are not part of it. `passes`: whether they will run
// on the graph first.
base::Result<plan::Choices> choices_without_tuning(const ChooseOptions& options,
                                                   const ir::Graph& graph, bool passes);

// For tune::choices_by_rule and bench_by_rule.
tune::Options rule_options(const ChooseOptions& options, const measure::BenchOptions& bench);

// Measures, shows the progress, and writes the choices to the file if one is named. `bench`: how to
// build and run; `graph`, `inputs`: as for measure::bench.
base::Result<tune::Tuning> tune_network(const ChooseOptions& options, const ir::Graph& graph,
                                        const board::Board& board, const board::Core& core,
                                        std::span<const base::Bytes> inputs,
                                        const measure::BenchOptions& bench,
                                        base::StatusLine& status);

// "tuned    57 kernels to choose from, 12 of them measured in 4 runs": for people.
std::string tuning_text(const tune::Tuning& tuning);

}  // namespace thimble::cli
