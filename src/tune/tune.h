// Chooses how each layer is executed by measuring every way on the simulated board.
//
// Whole networks are built and run: in the i-th run every layer that has an i-th candidate uses it.
// So each layer is measured where it will run, with the caches as its neighbours leave them, and a
// few runs measure all. docs/tune.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/bench.h"

namespace thimble::tune {

struct Options {
  measure::BenchOptions bench;  // choices.prefer: which ways are allowed
  std::optional<uint64_t> flash_budget_bytes, ram_budget_bytes;  // of the whole program
  std::filesystem::path cache;  // a folder; empty: nothing is looked up or kept
  std::function<void(size_t done, size_t all)>
      on_run;  // called from several threads, one at a time
};

struct Tuning {
  plan::Choices choices;       // for the network as it is built, after the passes
  measure::Measurement final;  // with these choices
  bool by_rule = false;        // the choices are those of the rule, which are better, or alone fit
  size_t candidates = 0;       // that layers could choose from,
  size_t measured = 0;         // of which so many were measured now, the others known before,
  size_t runs = 0;             // in so many runs of the network
};

// `graph`, `inputs`: as for measure::bench.
// Errors: kDoesNotFit when no choice keeps the budgets, with the smallest that could be reached;
// and those of measure::bench.
base::Result<Tuning> tune(const ir::Graph& graph, const board::Board& board,
                          const board::Core& core, std::span<const base::Bytes> inputs,
                          const Options& options);

}  // namespace thimble::tune
