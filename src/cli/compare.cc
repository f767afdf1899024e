// thimble compare: two stores, or two parts of one, point by point.
#include "store/compare.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"

namespace thimble::cli {
namespace {

using base::ErrorCode;
using base::TextTable;
using nlohmann::ordered_json;
using store::Comparison;
using store::Pair;
using store::Run;

struct Options {
  std::string a, b;
  bool json = false;
};

std::string ratio_text(std::optional<double> ratio) {
  return ratio ? fmt::format("{:.3f}", *ratio) : "-";
}

ordered_json or_null(std::optional<double> number) {
  return number ? ordered_json(*number) : ordered_json();
}

std::string milliseconds(const Run& run) {
  return run.latency_ms ? fmt::format("{:.3f}", *run.latency_ms) : "-";
}

// In the columns that both runs of a pair have in common; what is as usual is left out.
std::string label(const Run& run, const std::vector<std::string>& columns) {
  std::vector<std::string> words;
  for (const std::string& column : columns) {
    if (column == "network") words.push_back(run.network);
    if (column == "quantization" && run.quantization != "none") words.push_back(run.quantization);
    if (column == "board") words.push_back(run.board);
    if (column == "engine" && run.engine != "thimble") words.push_back(run.engine);
    if (column == "kernels") words.push_back(run.kernels);
    if (column == "prefer") words.push_back(run.prefer);
    if (column == "optimization") words.push_back(run.optimization);
    if (column == "fpu" && !run.fpu) words.push_back("no FPU");
  }
  std::erase(words, "-");
  return fmt::format("{}", fmt::join(words, ", "));
}

void print_text(const Comparison& comparison) {
  TextTable table({{"point", TextTable::Align::kLeft},
                   {"A ms"},
                   {"B ms"},
                   {"latency B/A"},
                   {"energy"},
                   {"flash"},
                   {"RAM"}});
  for (const Pair& pair : comparison.pairs)
    table.add_row({label(pair.a, comparison.matched_by), milliseconds(pair.a), milliseconds(pair.b),
                   ratio_text(store::ratio(pair.a.latency_ms, pair.b.latency_ms)),
                   ratio_text(store::ratio(pair.a.energy_uj, pair.b.energy_uj)),
                   ratio_text(store::ratio(pair.a.flash_bytes, pair.b.flash_bytes)),
                   ratio_text(store::ratio(pair.a.ram_bytes, pair.b.ram_bytes))});
  table.add_rule();
  const auto& pairs = comparison.pairs;
  table.add_row({"geometric mean", "", "", ratio_text(store::mean_ratio(pairs, &Run::latency_ms)),
                 ratio_text(store::mean_ratio(pairs, &Run::energy_uj)),
                 ratio_text(store::mean_ratio(pairs, &Run::flash_bytes)),
                 ratio_text(store::mean_ratio(pairs, &Run::ram_bytes))});
  fmt::print("{}", table.to_string());
  fmt::print("{} pairs, equal in {}; simulated\n", pairs.size(),
             fmt::join(comparison.matched_by, ", "));
  if (comparison.only_a + comparison.only_b > 0)
    fmt::print("without a counterpart: {} of A, {} of B\n", comparison.only_a, comparison.only_b);
  if (comparison.older > 0)
    fmt::print("{} runs left out, because a later one is equal to them there\n", comparison.older);
}

ordered_json to_json(const Comparison& comparison) {
  ordered_json pairs = ordered_json::array();
  for (const Pair& pair : comparison.pairs)
    pairs.push_back({{"a", pair.a.key},
                     {"b", pair.b.key},
                     {"point", label(pair.a, comparison.matched_by)},
                     {"latency_ratio", or_null(store::ratio(pair.a.latency_ms, pair.b.latency_ms))},
                     {"energy_ratio", or_null(store::ratio(pair.a.energy_uj, pair.b.energy_uj))},
                     {"flash_ratio", or_null(store::ratio(pair.a.flash_bytes, pair.b.flash_bytes))},
                     {"ram_ratio", or_null(store::ratio(pair.a.ram_bytes, pair.b.ram_bytes))}});
  return {{"schema", "thimble-compare/1"},
          {"matched_by", comparison.matched_by},
          {"pairs", pairs},
          {"only_a", comparison.only_a},
          {"only_b", comparison.only_b},
          {"older", comparison.older},
          {"geometric_means",
           {{"latency_ratio", or_null(store::mean_ratio(comparison.pairs, &Run::latency_ms))},
            {"energy_ratio", or_null(store::mean_ratio(comparison.pairs, &Run::energy_uj))},
            {"flash_ratio", or_null(store::mean_ratio(comparison.pairs, &Run::flash_bytes))},
            {"ram_ratio", or_null(store::mean_ratio(comparison.pairs, &Run::ram_bytes))}}}};
}

base::Result<std::vector<Run>> read(const store::Selection& selection) {
  THIMBLE_ASSIGN(const store::Store store, store::Store::open(selection.path));
  return store.runs(selection.conditions);
}

base::Result<int> run(const Options& options) {
  THIMBLE_ASSIGN(const store::Selection a, store::parse_selection(options.a));
  THIMBLE_ASSIGN(const store::Selection b, store::parse_selection(options.b));
  THIMBLE_ASSIGN(const std::vector<Run> runs_a, read(a));
  THIMBLE_ASSIGN(const std::vector<Run> runs_b, read(b));
  const Comparison comparison = store::compare(a, runs_a, b, runs_b);
  if (comparison.pairs.empty())
    return base::fail(base::Error(
        ErrorCode::kNotFound,
        fmt::format("none of {} and {} runs that were ok are of the same {}", runs_a.size(),
                    runs_b.size(), fmt::join(comparison.matched_by, ", ")),
        "a condition, as in 'sweep.db?kernels=reference', takes its column out of the match"));
  if (options.json)
    print_json(to_json(comparison));
  else
    print_text(comparison);
  return kSuccess;
}

}  // namespace

Command add_compare(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "compare", "Ratios between two stores of 'thimble sweep', or between two parts of one");
  constexpr const char* kForm = "STORE[?COLUMN=PATTERN[&...]], as 'sweep.db?kernels=reference'";
  app->add_option("A", options->a, kForm)->required();
  app->add_option("B", options->b, "The same; ratios are B / A")->required();
  app->add_flag("--json", options->json, "Print one JSON object (docs/sweep.md)");
  return {app, [options] { return run(*options); }, &options->json};
}

}  // namespace thimble::cli
