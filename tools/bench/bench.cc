// bench_table: regenerates bench/results.csv and bench/layers.csv and says how they compare.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <future>
#include <mutex>

#include "base/files.h"
#include "base/progress.h"
#include "tools/bench/figures.h"
#include "tools/bench/measure.h"
#include "tools/bench/report.h"

namespace thimble::bench {
namespace {

struct Options {
  Setup setup;
  std::string only;
  bool check = false;
  size_t jobs = 2;
};

struct Outcome {
  Results results;
  std::map<std::string, double> peer;
  std::vector<std::string> failures, skipped;
};

struct Task {
  Row row;
  std::filesystem::path model;
};

base::Result<Outcome> measure_rows(const Options& options, const std::vector<Row>& rows) {
  Outcome outcome;
  std::vector<Task> tasks;
  for (const Row& row : rows) {
    if (row.key().find(options.only) == std::string::npos) continue;
    THIMBLE_ASSIGN(const auto model, find_model(options.setup, row));
    if (model)
      tasks.push_back({row, *model});
    else
      outcome.skipped.push_back(row.key());
  }
  std::mutex mutex;  // guards what follows, and the outcome
  base::StatusLine status;
  size_t next = 0, done = 0;
  status.stage("measuring");
  const auto work = [&] {
    for (;;) {
      size_t i = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == tasks.size()) return;
        i = next++;
      }
      const Row& row = tasks[i].row;
      auto figures = measure(options.setup, row, tasks[i].model);
      const auto peer = peer_cycles(options.setup, row);
      const std::lock_guard lock(mutex);
      if (figures)
        outcome.results[row.key()] = std::move(*figures);
      else
        outcome.failures.push_back(row.key() + ": " + figures.error().to_string());
      if (peer) outcome.peer[row.key()] = *peer;
      ++done;
      status.update(static_cast<double>(done) / static_cast<double>(tasks.size()),
                    fmt::format("{} of {}", done, tasks.size()));
    }
  };
  std::vector<std::future<void>> workers;
  for (size_t i = 0; i < options.jobs; ++i) workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers) worker.get();
  status.clear();
  return outcome;
}

// Rows that were not measured keep what is committed.
Results merged(const Results& committed, const Results& measured) {
  Results all = committed;
  for (const auto& [key, figures] : measured) all[key] = figures;
  return all;
}

base::Result<bool> run(Options options) {
  const std::filesystem::path& root = options.setup.root;
  THIMBLE_ASSIGN(const auto scratch, base::TemporaryDirectory::create("thimble-bench-table"));
  options.setup.scratch = scratch.path();
  THIMBLE_ASSIGN(const std::vector<Row> rows, load_rows(root));
  THIMBLE_ASSIGN(const Records records, load_records(root));
  THIMBLE_ASSIGN(const Records peer, load_peer(root));
  THIMBLE_ASSIGN(const Results committed, load_results(root));
  THIMBLE_ASSIGN(const Outcome outcome, measure_rows(options, rows));

  fmt::print("{}", report(rows, {outcome.results, committed, records, peer, outcome.peer}));
  fmt::print(
      "Simulated. Ratios are ours by theirs. committed: cycles of bench/results.csv; record: ms of "
      "bench/records.csv (hardware; tie: within the uncertainty); peer: cycles of bench/peer.csv; "
      "peer here: of --peer-elf, on the same simulator; RAM and flash ratio: to the least of "
      "records.csv, else to the peer.\n");
  for (const std::string& key : outcome.skipped) fmt::print("skipped, no such model: {}\n", key);
  for (const std::string& failure : outcome.failures) fmt::print(stderr, "error: {}\n", failure);

  const Results all = merged(committed, outcome.results);
  const bool is_same = results_text(rows, all) == results_text(rows, committed) &&
                       layers_text(rows, all) == layers_text(rows, committed);
  if (options.check) {
    if (!is_same)
      fmt::print(stderr,
                 "error: the figures are not those of bench/: run ./dev bench and commit "
                 "them with the change\n");
    return is_same && outcome.failures.empty();
  }
  THIMBLE_TRY(base::write_file(results_file(root), results_text(rows, all)));
  THIMBLE_TRY(base::write_file(layers_file(root), layers_text(rows, all)));
  return outcome.failures.empty();
}

}  // namespace
}  // namespace thimble::bench

int main(int argc, char** argv) {
  thimble::bench::Options options;
  CLI::App app{"Regenerates bench/*.csv and compares with what is committed and published."};
  app.add_option("--root", options.setup.root, "the source tree")->capture_default_str();
  app.add_option("--thimble", options.setup.thimble, "the program")->required();
  app.add_option("--models", options.setup.models, "where the models are that are not ours");
  app.add_option("--only", options.only, "measure rows whose 'network board prefer chosen' has it");
  app.add_option("--jobs", options.jobs, "rows measured at once")->capture_default_str();
  auto* check = app.add_flag("--check", options.check, "write nothing; fail when figures differ");
  app.add_flag("--tune", options.setup.tune, "choose the kernels of tuned rows by measuring")
      ->excludes(check);
  auto* elf = app.add_option("--peer-elf", options.setup.peer_directory,
                             "another framework's firmware, NETWORK.elf, to run beside ours");
  app.add_option("--peer-symbol", options.setup.peer_symbol, "its function that infers once")
      ->needs(elf);
  CLI11_PARSE(app, argc, argv);
  if (options.setup.peer_symbol.empty()) options.setup.peer_symbol = "Invoke";
  const auto result = thimble::bench::run(options);
  if (result) return *result ? 0 : 1;
  fmt::print(stderr, "error: {}\n", result.error().to_string());
  if (!result.error().hint.empty()) fmt::print(stderr, " hint: {}\n", result.error().hint);
  return 1;
}
