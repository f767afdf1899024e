// thimble trace: energy per inference from the samples of a current logger.
#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "sim/energy/current_log.h"

namespace thimble::cli {
namespace {

using base::TextTable;
using nlohmann::ordered_json;

struct Options {
  std::string csv, channel;
  bool json = false;
};

struct Summary {
  double mean = 0, smallest = 0, largest = 0;
};

Summary summarize(const std::vector<sim::LoggedInference>& inferences,
                  double sim::LoggedInference::*figure) {
  Summary summary{0, inferences.front().*figure, inferences.front().*figure};
  for (const sim::LoggedInference& inference : inferences) {
    summary.mean += inference.*figure / static_cast<double>(inferences.size());
    summary.smallest = std::min(summary.smallest, inference.*figure);
    summary.largest = std::max(summary.largest, inference.*figure);
  }
  return summary;
}

ordered_json to_json(const Options& options, const std::vector<sim::LoggedInference>& inferences) {
  ordered_json list = ordered_json::array();
  for (const sim::LoggedInference& inference : inferences)
    list.push_back({{"start_s", inference.start_s},
                    {"duration_ms", inference.duration_s * 1e3},
                    {"energy_uj", inference.energy_uj}});
  return {{"schema", "thimble-trace/1"}, {"channel", options.channel}, {"inferences", list}};
}

void print_table(const Options& options, const std::vector<sim::LoggedInference>& inferences) {
  fmt::print("{} stretches in which {} is high\n", inferences.size(), options.channel);
  if (inferences.empty()) return;
  TextTable table({{"", TextTable::Align::kLeft}, {"min"}, {"mean"}, {"max"}});
  auto add = [&](const char* name, Summary summary, double scale) {
    table.add_row({name, fmt::format("{:.4f}", summary.smallest * scale),
                   fmt::format("{:.4f}", summary.mean * scale),
                   fmt::format("{:.4f}", summary.largest * scale)});
  };
  add("latency ms", summarize(inferences, &sim::LoggedInference::duration_s), 1e3);
  add("energy uJ", summarize(inferences, &sim::LoggedInference::energy_uj), 1);
  fmt::print("{}", table.to_string());
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const std::string csv, base::read_text_file(options.csv));
  THIMBLE_ASSIGN(const sim::CurrentLog log, [&]() -> base::Result<sim::CurrentLog> {
    auto read = sim::read_current_log(csv, options.channel);
    if (!read) return base::fail(std::move(read).error().in(options.csv));
    return read;
  }());
  const std::vector<sim::LoggedInference> inferences = sim::find_inferences(log);
  if (options.json)
    print_json(to_json(options, inferences));
  else
    print_table(options, inferences);
  return kSuccess;
}

}  // namespace

Command add_trace(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "trace", "Find the inferences in a current trace, and the energy of each");
  app->add_option("CSV", options->csv, "As 'thimble sim --trace-csv' writes it (docs/energy.md)")
      ->required()
      ->type_name("FILE");
  app->add_option("--pin", options->channel, "The column that is 1 during an inference, as in PB5")
      ->required();
  app->add_flag("--json", options->json, "Print one JSON object (docs/json.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
