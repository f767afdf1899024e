// thimble study: one-layer networks, and what their latencies say about a board.
#include <fmt/format.h>

#include "base/progress.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/study_report.h"
#include "study/exhibits.h"
#include "study/keep.h"

namespace thimble::cli {
namespace {

struct Options {
  std::vector<std::string> specs;
  std::string board, optimization = "-Ofast", prefer = "balanced", csv, store;
  bool quick = false, no_float = false, no_plots = false, json = false;
};

// For `thimble report`. A later study of these layers, built alike for the board, takes their
// place.
base::Result<> keep_exhibits(store::Store& store, const Options& options, const board::Board& board,
                             const std::vector<study::Study>& studies, study::Kind kind) {
  std::vector<study::Study> same;  // a command may study a kind of layers in several ways
  for (const study::Study& study : studies)
    if (study.grid.kind == kind) same.push_back(study);
  std::vector<store::ExhibitRecord> exhibits = study::figures(same);
  exhibits.push_back(study::gain_table(same));
  return store.replace_exhibits(
      fmt::format("study of {} layers, {}, {}, {}", study::kind_name(kind), board.name,
                  options.optimization, options.prefer),
      exhibits);
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const board::Board board, board::load_board(options.board));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  std::vector<study::Grid> grids;
  for (const std::string& spec : options.specs) {
    THIMBLE_ASSIGN(study::Grid grid, study::parse_grid(spec, options.quick));
    grids.push_back(std::move(grid));
  }
  study::RunOptions run;
  run.build.optimization = options.optimization;
  run.prefer = preference(options.prefer);
  if (options.no_float) run.variants.pop_back();

  base::StatusLine status;
  std::optional<store::Store> store;
  if (!options.store.empty()) {
    THIMBLE_ASSIGN(store, store::Store::open(options.store, true));
  }
  std::vector<study::Study> studies;
  for (study::Grid& grid : grids) {
    status.stage(fmt::format("simulating {} layers", study::kind_name(grid.kind)));
    run.on_progress = [&](size_t done, size_t all) {
      status.update(static_cast<double>(done) / static_cast<double>(all),
                    fmt::format("{} of {}", done, all));
    };
    THIMBLE_ASSIGN(
        study::Study simulated,
        store ? study::run_kept_study(std::move(grid), options.board, board, core, run, *store)
              : study::run_study(std::move(grid), board, core, run));
    const study::Kind kind = simulated.grid.kind;
    studies.push_back(std::move(simulated));
    if (store) THIMBLE_TRY(keep_exhibits(*store, options, board, studies, kind));
  }
  status.clear();

  if (!options.csv.empty()) THIMBLE_TRY(write_study_csv(options.csv, board, studies));
  if (options.json)
    print_json(study_json(board, options.optimization, studies));
  else
    print_study(board, options.optimization, studies, !options.no_plots);
  return kSuccess;
}

}  // namespace

Command add_study(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "study", "Simulate layers of every length on a board and say which it likes");
  app->add_option("SPEC", options->specs,
                  "dense, conv, conv1x1, depthwise, or with what varies: "
                  "conv:channels=1-32,kernel=3/5")
      ->required();
  app->add_option("--board", options->board, "A name that 'thimble boards' lists, or FILE.toml")
      ->required();
  app->add_flag("--quick", options->quick, "Fewer layers");
  app->add_flag("--no-float", options->no_float, "Only int8");
  app->add_option("--opt", options->optimization,
                  "Compiler's optimization: -Os, -O2, -O3 or -Ofast, as in the paper")
      ->check(CLI::IsMember({"-Os", "-O2", "-O3", "-Ofast"}))
      ->capture_default_str();
  add_prefer_option(*app, options->prefer);
  app->add_option("--csv", options->csv, "Write every layer's figures to this file");
  app->add_option("--store", options->store,
                  "Keep what is measured in this file, take from it what it has, and 'thimble "
                  "report' shows the figures")
      ->type_name("FILE");
  app->add_flag("--no-plots", options->no_plots, "Tables alone");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
