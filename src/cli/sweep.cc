// thimble sweep: many networks, built in many ways, for many boards, into one store.
#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/sweep_report.h"
#include "sweep/runner.h"

namespace thimble::cli {
namespace {

using base::ErrorCode;

struct Options {
  std::string spec, store, point, result, failures, executor = "local";
  std::vector<std::string> sbatch;
  unsigned jobs = 0;
  uint64_t timeout_seconds = 3600;
  bool retry_failed = false, dry_run = false, prune_cache = false, json = false;
};

base::Result<sweep::ExecuteOptions> execute_options(const Options& options) {
  sweep::ExecuteOptions execute;
  THIMBLE_ASSIGN(execute.program, own_program());
  execute.timeout = std::chrono::seconds(options.timeout_seconds);
  return execute;
}

// The low-level form that a job of Slurm runs: one point, whatever the store has.
base::Result<int> run_one(const Options& options, const sweep::Spec& spec,
                          const sweep::Expansion& expansion) {
  const auto found = std::ranges::find_if(
      expansion.points, [&](const sweep::Point& point) { return point.key() == options.point; });
  if (found == expansion.points.end())
    return base::fail(base::Error(
        ErrorCode::kInvalidArgument, fmt::format("{} has no point {}", options.spec, options.point),
        "keys depend on the files, Thimble and the compiler: see 'thimble sweep SPEC --dry-run "
        "--json' on this machine"));
  THIMBLE_ASSIGN(sweep::ExecuteOptions execute, execute_options(options));
  execute.failures = options.failures;
  THIMBLE_ASSIGN(const sweep::WorkFolder work, sweep::WorkFolder::open(spec.store, false));
  const std::string result = sweep::execute_point(*found, work, execute);
  if (options.result.empty())
    fmt::print("{}\n", result);
  else
    THIMBLE_TRY(base::write_file(options.result, result));
  THIMBLE_ASSIGN(const store::Record record, sweep::read_result(*found, result));
  return record.run.ok ? kSuccess : kFailure;
}

base::Result<int> list(const Options& options, const sweep::Spec& spec,
                       const sweep::Expansion& expansion) {
  THIMBLE_ASSIGN(const auto missing,
                 sweep::missing_points(expansion.points, spec.store, options.retry_failed));
  if (options.json)
    print_json(sweep_plan_json(expansion, missing));
  else
    fmt::print("{}", sweep_plan_text(expansion, missing));
  return kSuccess;
}

base::Result<int> prune(const Options& options, const sweep::Spec& spec,
                        const sweep::Expansion& expansion) {
  if (expansion.unreadable > 0)
    return base::fail(base::Error(
        base::ErrorCode::kIo,
        fmt::format("{} of the data sets' files and folders cannot be read: nothing was removed",
                    expansion.unreadable),
        "what was made with them would count as not needed"));
  THIMBLE_ASSIGN(const sweep::PruneSummary summary,
                 sweep::prune_cache(expansion.points, spec.store));
  if (options.json)
    print_json(sweep_prune_json(summary));
  else
    fmt::print("{}", sweep_prune_text(summary));
  return kSuccess;
}

base::Result<int> measure(const Options& options, const sweep::Spec& spec,
                          const sweep::Expansion& expansion) {
  sweep::RunOptions run;
  run.store = spec.store;
  THIMBLE_ASSIGN(run.execute, execute_options(options));
  run.jobs = options.jobs;
  run.retry_failed = options.retry_failed;
  if (options.executor == "slurm") run.slurm = {options.spec, options.sbatch};
  base::StatusLine status;
  status.stage("measuring");
  run.on_progress = [&](const sweep::Progress& progress) {
    const double fraction = static_cast<double>(progress.done) /
                            static_cast<double>(std::max<size_t>(progress.total, 1));
    status.update(fraction, progress_text(progress));
  };
  std::vector<store::Run> failures;
  run.on_finished = [&](const store::Run& finished) {
    if (finished.ok) return;
    status.clear();
    fmt::print(stderr, "failed: {}: {}\n", sweep::describe(finished),
               finished.error_message.value_or(""));
    failures.push_back(finished);
  };
  const base::OnInterrupt notice([&] {
    fmt::print(stderr, "\ninterrupted; what has ended is in {}. The same command goes on.\n",
               spec.store.string());
  });
  THIMBLE_ASSIGN(const sweep::Summary summary, sweep::run_points(expansion.points, run));
  status.clear();
  if (options.json)
    print_json(sweep_json(summary, failures, spec.store));
  else
    fmt::print("{}", sweep_text(summary, spec.store));
  return summary.failed + summary.known_failed == 0 ? kSuccess : kFailure;
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(sweep::Spec spec, sweep::read_spec(options.spec));
  if (!options.store.empty()) spec.store = options.store;
  base::StatusLine status;
  status.stage("reading networks and data sets");
  THIMBLE_ASSIGN(const sweep::Expansion expansion, sweep::expand(spec));
  status.clear();
  if (!options.point.empty()) return run_one(options, spec, expansion);
  if (options.dry_run) return list(options, spec, expansion);
  if (options.prune_cache) return prune(options, spec, expansion);
  return measure(options, spec, expansion);
}

}  // namespace

Command add_sweep(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "sweep", "Measure many networks, built in many ways, on many boards, into a database");
  app->add_option("SPEC", options->spec, "What to measure, a TOML file (docs/sweep.md)")
      ->required()
      ->type_name("FILE");
  app->add_option("--store", options->store,
                  "The database (default: as SPEC says, else beside it, named like it)")
      ->type_name("FILE");
  CLI::Option* dry_run = app->add_flag("--dry-run", options->dry_run, "List the points, run none");
  app->add_flag("--retry-failed", options->retry_failed, "Run the points again that failed before");
  app->add_option("--jobs", options->jobs,
                  "Points at once (default: one per processor; with slurm as many as it allows)")
      ->check(CLI::Range(1, 4096));
  app->add_option("--timeout", options->timeout_seconds, "Seconds that a point may take")
      ->check(CLI::Range(1, 30 * 86400))
      ->capture_default_str();
  CLI::Option* executor =
      app->add_option("--executor", options->executor,
                      "local: on this machine; slurm: as a job array, on nodes that see its files")
          ->check(CLI::IsMember({"local", "slurm"}))
          ->capture_default_str();
  app->add_option("--sbatch", options->sbatch,
                  "With slurm: a further option of sbatch, as --sbatch=--partition=short")
      ->needs(executor)
      ->allow_extra_args(false);
  CLI::Option* point =
      app->add_option("--point", options->point,
                      "Run only the point with this key and print its result, without the store")
          ->type_name("KEY")
          ->check([](const std::string& key) { return key.empty() ? "a key is not empty" : ""; })
          ->excludes(dry_run);
  app->add_option("--result", options->result, "With --point: write the result to this file")
      ->type_name("FILE")
      ->needs(point);
  app->add_flag("--prune-cache", options->prune_cache,
                "Remove the networks and accuracies that no point of SPEC needs, run none")
      ->excludes(dry_run)
      ->excludes(point);
  // Between a sweep and its jobs.
  app->add_option("--failures", options->failures)->needs(point)->group("");
  app->add_flag("--json", options->json, "Print one JSON object (docs/sweep.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
