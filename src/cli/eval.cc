// thimble eval: how often networks are right on a data set, side by side.
#include <fmt/format.h>

#include <chrono>

#include "base/progress.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/eval_report.h"
#include "data/data_set.h"
#include "eval/evaluate.h"

namespace thimble::cli {
namespace {

struct Options {
  std::vector<std::string> models;
  std::string data;
  uint64_t samples = 0;
  unsigned threads = 0;
  EvalReportOptions report;
  bool json = false, csv = false;
};

// "[#####.....]  50 %  5,000 of 10,000, 1,250 per second, 4 s left"
class Progress {
 public:
  explicit Progress(base::StatusLine& status) : status_(status) {}

  void show(uint64_t done, uint64_t total) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    const double rate = static_cast<double>(done) / std::max(elapsed.count(), 1e-3);
    const std::string per_second =
        fmt::format("{} per second", base::grouped(static_cast<uint64_t>(rate)));
    if (total == 0)
      return status_.update(fmt::format("{} samples, {}", base::grouped(done), per_second));
    status_.update(
        static_cast<double>(done) / static_cast<double>(total),
        fmt::format("{} of {}, {}, {:.0f} s left", base::grouped(done), base::grouped(total),
                    per_second, static_cast<double>(total - std::min(done, total)) / rate));
  }

 private:
  base::StatusLine& status_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

base::Result<int> run(const Options& options) {
  std::vector<ir::Graph> networks;
  for (const std::string& model : options.models) {
    THIMBLE_ASSIGN(ir::Graph network, load_model(model));
    networks.push_back(std::move(network));
  }
  THIMBLE_ASSIGN(std::unique_ptr<data::DataSet> samples, data::open_data_set(options.data));
  base::StatusLine status;
  status.stage("evaluating");
  Progress progress(status);
  THIMBLE_ASSIGN(const eval::Evaluation evaluation,
                 eval::evaluate(networks, *samples,
                                {.max_samples = options.samples,
                                 .threads = options.threads,
                                 .on_progress = [&](uint64_t done, uint64_t total) {
                                   progress.show(done, total);
                                 }}));
  status.clear();
  const EvalReport report{options.models, options.data, samples->info().class_names, evaluation,
                          options.report};
  if (options.json)
    print_json(eval_json(report));
  else
    fmt::print("{}", options.csv ? eval_csv(report) : eval_text(report));
  return kSuccess;
}

}  // namespace

Command add_eval(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "eval", "Accuracy of networks on a data set, side by side, on the host");
  app->add_option("MODEL", options->models, "Model files; the first is compared with the others")
      ->required()
      ->type_name("FILE");
  app->add_option("--data", options->data,
                  "The data set, like mnist:FOLDER or cifar10:FILE?scale=1 (docs/data.md)")
      ->required()
      ->type_name("SPEC");
  app->add_option("--samples", options->samples, "Only the first N samples")
      ->check(check_positive)
      ->type_name("N");
  app->add_option("--top", options->report.top, "Also the accuracy of the K largest outputs")
      ->check(check_positive)
      ->type_name("K");
  app->add_flag("--per-class", options->report.per_class,
                "Also samples, recall and precision of every class");
  app->add_flag("--confusion", options->report.confusion, "Also the confusion matrices");
  app->add_flag("--compare", options->report.compare,
                "Also the samples for which the networks predict different classes");
  app->add_option("--threads", options->threads, "Default: one per processor")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  CLI::Option* json =
      app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  app->add_flag("--csv", options->csv, "Print one line per network and figure as CSV")
      ->excludes(json);
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
