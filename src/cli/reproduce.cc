// thimble reproduce: a paper's tables and figures beside what the simulator says.
#include <fmt/format.h>

#include <algorithm>

#include "base/interrupt.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/exhibit_text.h"
#include "reproduce/exhibits.h"
#include "reproduce/plan.h"
#include "study/keep.h"
#include "sweep/runner.h"

namespace thimble::cli {
namespace {

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

// The layers of the paper's Table 4 and Figures 4, 5, 8 and 9: of every length. The rest of a layer
// is what `thimble study` takes for usual.
constexpr const char* kStudies[] = {
    "dense:inputs=16-144,units=32", "conv:channels=1-32,filters=16,size=10,kernel=3",
    "conv1x1:channels=1-64,filters=16,size=10", "depthwise:channels=1-32,size=10,kernel=3"};

base::Result<std::vector<study::Study>> study_layers(store::Store& store) {
  constexpr const char* kBoard = "nucleo-l496zg";
  THIMBLE_ASSIGN(const board::Board board, board::load_board(kBoard));
  THIMBLE_ASSIGN(const board::Core core, board::load_core(board.core));
  study::RunOptions run;
  run.build.optimization = "-Ofast";
  run.variants = {study::Variant::kOptimized, study::Variant::kReference};
  base::StatusLine status;
  std::vector<study::Study> studies;
  for (const char* spec : kStudies) {
    THIMBLE_ASSIGN(study::Grid grid, study::parse_grid(spec, false));
    status.stage(fmt::format("simulating {} layers", study::kind_name(grid.kind)));
    run.on_progress = [&](size_t done, size_t all) {
      status.update(static_cast<double>(done) / static_cast<double>(all),
                    fmt::format("{} of {}", done, all));
    };
    THIMBLE_ASSIGN(study::Study simulated,
                   study::run_kept_study(std::move(grid), kBoard, board, core, run, store));
    studies.push_back(std::move(simulated));
  }
  return studies;
}

// How near ours come, over all rows.
void print_summary(const std::vector<reproduce::Figure>& figures) {
  size_t published = 0, missing = 0;
  std::vector<double> latencies;
  for (const reproduce::Figure& figure : figures) {
    if (!figure.row.published) continue;
    ++published;
    if (!figure.ours) ++missing;
    const auto ratio = figure.ratio();
    if (ratio && figure.row.metric == "latency_ms" && figure.row.unit == "ms")
      latencies.push_back(*ratio);
  }
  fmt::print("{} published figures, {} of them not reproduced for the reason beside them\n",
             published, missing);
  if (latencies.empty()) return;
  std::ranges::sort(latencies);
  const size_t count = latencies.size();
  fmt::print("latency, ours (simulated) / published: median {:.2f}, from {:.2f} to {:.2f}\n",
             (latencies[(count - 1) / 2] + latencies[count / 2]) / 2, latencies.front(),
             latencies.back());
}

base::Result<int> run(Options options) {
  THIMBLE_ASSIGN(const std::vector<reproduce::Row> rows, reproduce::published_rows(options.paper));
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
  THIMBLE_ASSIGN(store::Store store, store::Store::open(options.store));
  reproduce::Material material;
  THIMBLE_ASSIGN(material.measurements, reproduce::read_measurements(plan, store));
  material.figures = reproduce::figures(rows, material.measurements);
  if (options.paper == "heim" && !options.no_study) {
    THIMBLE_ASSIGN(material.studies, study_layers(store));
  }
  THIMBLE_ASSIGN(const std::vector<store::ExhibitRecord> exhibits,
                 reproduce::exhibits(options.paper, material));
  THIMBLE_TRY(store.replace_exhibits(options.paper, exhibits));
  if (options.json) {
    print_json({{"schema", "thimble-reproduce/2"},
                {"paper", options.paper},
                {"store", options.store},
                {"simulated", true},
                {"exhibits", exhibits_json(exhibits)}});
  } else {
    print_exhibits(exhibits);
    print_summary(material.figures);
    fmt::print("'thimble report {}' shows the same with pictures\n", options.store);
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
                  "Where results are kept, and found again; 'thimble report' shows them (default: "
                  "PAPER.db)");
  app->add_option(
      "--models", options->sources.models,
      "A folder of trained networks instead of random weights, and of those that the zoo "
      "lacks: NETWORK_NUMBERS.tflite, or NETWORK.onnx in float");
  app->add_option("--mnist", options->sources.mnist,
                  "Data set for the accuracy of trained networks, as mnist:FOLDER (docs/data.md)");
  app->add_option("--mnist-train", options->sources.mnist_train,
                  "Data set to quantize those in float with, as 'mnist:FOLDER?split=train'");
  app->add_option("--cifar", options->sources.cifar, "As --mnist, cifar10:FILE");
  app->add_option("--cifar-train", options->sources.cifar_train,
                  "As --mnist-train, cifar10:FILE,...");
  app->add_option("--jobs", options->jobs, "Runs at once (default: one for each processor)");
  app->add_flag("--retry-failed", options->retry_failed, "Run again what has failed before");
  app->add_flag("--no-study", options->no_study,
                "heim: without the layer studies of the paper's Table 4 and Figures 4, 5, 8 and 9");
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
