// thimble reproduce: a paper's tables and figures beside what the simulator says.
#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/reproduce_report.h"
#include "cli/study_report.h"
#include "reproduce/plan.h"
#include "sweep/runner.h"

namespace thimble::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string paper, store;
  reproduce::Sources sources;
  unsigned jobs = 0;
  bool retry_failed = false, no_study = false, json = false;
};

base::Result<> run_missing(const Options& options, const reproduce::Plan& plan) {
  sweep::RunOptions run;
  run.store = options.store;
  run.jobs = options.jobs;
  run.retry_failed = options.retry_failed;
  THIMBLE_ASSIGN(run.execute.program, own_program());
  base::StatusLine status;
  status.stage("simulating " + options.paper);
  run.on_progress = [&](const sweep::Progress& progress) {
    if (progress.total == 0) return;
    status.update(
        static_cast<double>(progress.done) / static_cast<double>(progress.total),
        fmt::format("{} of {}, {} failed", progress.done, progress.total, progress.failed));
  };
  const base::OnInterrupt notice([&] {
    fmt::print(stderr, "\ninterrupted; what has ended is in {}. The same command goes on.\n",
               options.store);
  });
  THIMBLE_ASSIGN(const sweep::Summary summary, sweep::run_points(plan.points, run));
  status.clear();
  if (!options.json)
    fmt::print("{}: {} runs, {} of them in {} before, {} run now in {:.0f} s, {} failed\n\n",
               options.paper, summary.points, summary.known, options.store,
               summary.ok + summary.failed, summary.seconds, summary.failed);
  return {};
}

// The layers of the paper's Table 4. They are simulated each time: a minute that no store keeps.
base::Result<std::vector<study::Study>> study_layers() {
  THIMBLE_ASSIGN(const board::Board board, board::load_board("nucleo-l496zg"));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  study::RunOptions run;
  run.build.optimization = "-Ofast";
  run.variants = {study::Variant::kOptimized, study::Variant::kReference};
  base::StatusLine status;
  std::vector<study::Study> studies;
  for (const char* kind : {"dense", "conv", "conv1x1", "depthwise"}) {
    status.stage(fmt::format("simulating {} layers", kind));
    run.on_progress = [&](size_t done, size_t all) {
      status.update(static_cast<double>(done) / static_cast<double>(all),
                    fmt::format("{} of {}", done, all));
    };
    THIMBLE_ASSIGN(study::Grid grid, study::parse_grid(kind, true));
    THIMBLE_ASSIGN(study::Study simulated, study::run_study(std::move(grid), board, core, run));
    studies.push_back(std::move(simulated));
  }
  return studies;
}

base::Result<int> run(Options options) {
  THIMBLE_ASSIGN(const std::vector<reproduce::Row> rows, reproduce::published_rows(options.paper));
  const bool is_heim = options.paper == "heim";
  if (options.store.empty()) options.store = options.paper + ".db";
  THIMBLE_ASSIGN(const reproduce::Plan plan, reproduce::make_plan(rows, options.sources));
  if (plan.points.empty())
    return base::fail(
        base::Error(base::ErrorCode::kNotFound,
                    fmt::format("none of the networks of {} is there: {} is not in the zoo",
                                options.paper, plan.missing.front().network),
                    fmt::format("--models FOLDER with {}.tflite (docs/reproduce.md)",
                                plan.missing.front().network)));
  THIMBLE_TRY(run_missing(options, plan));
  THIMBLE_ASSIGN(const store::Store store, store::Store::open(options.store));
  THIMBLE_ASSIGN(const reproduce::Measurements measurements,
                 reproduce::read_measurements(plan, store));
  std::vector<study::Study> studies;
  if (is_heim && !options.no_study) {
    THIMBLE_ASSIGN(studies, study_layers());
  }
  const std::vector<reproduce::Figure> figures = reproduce::figures(rows, measurements);
  if (options.json) {
    ordered_json object = {{"schema", "thimble-reproduce/1"},
                           {"paper", options.paper},
                           {"store", options.store},
                           {"simulated", true},
                           {"figures", figures_json(figures)}};
    if (is_heim) object["pareto"] = pareto_json(measurements);
    if (!studies.empty()) object["gains"] = gains_json(studies);
    print_json(object);
  } else {
    print_figures(figures);
    if (is_heim) {
      print_pareto(measurements);
      THIMBLE_TRY(print_decisions(measurements));
      fmt::print("\n");
      if (!studies.empty()) print_gains(studies);
    }
  }
  return kSuccess;
}

}  // namespace

Command add_reproduce(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "reproduce", "Run what a paper measured and show its figures beside ours");
  app->add_option("PAPER", options->paper,
                  fmt::format("{}", fmt::join(reproduce::paper_names(), ", ")))
      ->required()
      ->check(CLI::IsMember(reproduce::paper_names()));
  app->add_option("--store", options->store,
                  "Where results are kept, and found again (default: PAPER.db)");
  app->add_option("--models", options->sources.models,
                  "A folder of NETWORK_NUMBERS.tflite: trained networks instead "
                  "of random weights, and those that the zoo lacks");
  app->add_option("--mnist", options->sources.mnist,
                  "Data set for the accuracy of trained networks, as mnist:FOLDER (docs/data.md)");
  app->add_option("--cifar", options->sources.cifar, "Likewise, as cifar10:FOLDER");
  app->add_option("--jobs", options->jobs, "Runs at once (default: one for each processor)");
  app->add_flag("--retry-failed", options->retry_failed, "Run again what has failed before");
  app->add_flag("--no-study", options->no_study,
                "heim: without the layer studies of the paper's Table 4");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
