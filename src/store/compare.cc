#include "store/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "store/columns.h"

namespace thimble::store {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// What a configuration consists of: conditions may name more (key, ok, ...).
const std::vector<std::string> kConfiguration = {
    "network", "quantization", "board", "engine", "kernels", "prefer", "optimization", "fpu"};

using Configuration = std::vector<Value>;
using Latest = std::map<Configuration, const Run*>;

// Whether the column says nothing about these runs: reference kernels have no preference, and other
// engines no kernels.
bool is_meaningless(const std::vector<Run>& runs, const std::string& column) {
  const auto columns = run_table().columns;
  const auto found =
      std::ranges::find_if(columns, [&](const Column<Run>& each) { return column == each.name; });
  return !runs.empty() && std::ranges::all_of(runs, [&](const Run& run) {
    return value_of(run, *found) == Value(std::string("-"));
  });
}

// By configuration, the run that began last.
Latest latest_runs(const std::vector<Run>& runs, const std::vector<std::string>& columns,
                   size_t& older) {
  Latest latest;
  for (const Run& run : runs) {
    if (!run.ok) continue;
    Configuration configuration;
    for (const Column<Run>& column : run_table().columns)
      if (std::ranges::find(columns, column.name) != columns.end())
        configuration.push_back(value_of(run, column));
    const auto [entry, is_new] = latest.try_emplace(std::move(configuration), &run);
    if (is_new) continue;
    ++older;
    if (entry->second->started_at <= run.started_at) entry->second = &run;
  }
  return latest;
}

}  // namespace

Result<Selection> parse_selection(std::string_view text) {
  Selection selection;
  const size_t question = std::min(text.find('?'), text.size());
  selection.path = text.substr(0, question);
  for (size_t at = question; at < text.size();) {
    const size_t end = std::min(text.find('&', at + 1), text.size());
    const std::string_view written = text.substr(at + 1, end - at - 1);
    auto condition = parse_condition(written);
    if (!condition)
      return base::fail(Error(ErrorCode::kInvalidArgument,
                              fmt::format("'{}' is no condition COLUMN=PATTERN", written),
                              "as in 'sweep.db?kernels=reference&board=nucleo-*'"));
    selection.conditions.push_back(std::move(*condition));
    at = end;
  }
  return selection;
}

Comparison compare(const Selection& selection_a, const std::vector<Run>& a,
                   const Selection& selection_b, const std::vector<Run>& b) {
  Comparison comparison;
  std::set<std::string> fixed;
  for (const Selection* selection : {&selection_a, &selection_b})
    for (const Condition& condition : selection->conditions) fixed.insert(condition.column);
  for (const std::string& column : kConfiguration)
    if (!fixed.contains(column) && !is_meaningless(a, column) && !is_meaningless(b, column))
      comparison.matched_by.push_back(column);
  const Latest runs_a = latest_runs(a, comparison.matched_by, comparison.older);
  const Latest runs_b = latest_runs(b, comparison.matched_by, comparison.older);
  for (const auto& [configuration, run] : runs_a) {
    const auto found = runs_b.find(configuration);
    if (found == runs_b.end())
      ++comparison.only_a;
    else
      comparison.pairs.push_back({*run, *found->second});
  }
  comparison.only_b = runs_b.size() - comparison.pairs.size();
  return comparison;
}

template <typename T>
std::optional<double> mean_ratio(const std::vector<Pair>& pairs, std::optional<T> Run::*figure) {
  double sum = 0;
  size_t count = 0;
  for (const Pair& pair : pairs)
    if (const auto each = ratio(pair.a.*figure, pair.b.*figure)) {
      sum += std::log(*each);
      ++count;
    }
  if (count == 0) return std::nullopt;
  return std::exp(sum / static_cast<double>(count));
}

template std::optional<double> mean_ratio(const std::vector<Pair>&, std::optional<double> Run::*);
template std::optional<double> mean_ratio(const std::vector<Pair>&, std::optional<int64_t> Run::*);

}  // namespace thimble::store
