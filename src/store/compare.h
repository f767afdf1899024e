// Runs of two stores, or of two parts of one, side by side.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace thimble::store {

// "sweep.db" or "sweep.db?kernels=reference&board=nucleo-*".
struct Selection {
  std::string path;
  std::vector<Condition> conditions;
};
base::Result<Selection> parse_selection(std::string_view text);

struct Pair {
  Run a, b;
};

// Ratios are b / a, as geometric means; empty where no pair has both figures.
struct Comparison {
  std::vector<std::string> matched_by;  // the columns that are equal in a pair
  std::vector<Pair> pairs;
  size_t only_a = 0, only_b = 0;  // runs without a counterpart
  size_t older = 0;  // runs left out because a later one agrees with them in these columns
};

// Pairs the runs that are ok and agree in every column of the configuration that neither selection
// has a condition on and that says something about both.
Comparison compare(const Selection& selection_a, const std::vector<Run>& a,
                   const Selection& selection_b, const std::vector<Run>& b);

// b / a; empty unless both are there and above 0.
template <typename T>
std::optional<double> ratio(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b || !(*a > 0) || !(*b > 0)) return std::nullopt;
  return static_cast<double>(*b) / static_cast<double>(*a);
}

// Over the pairs that have both; empty if none has.
template <typename T>
std::optional<double> mean_ratio(const std::vector<Pair>& pairs, std::optional<T> Run::*figure);

extern template std::optional<double> mean_ratio(const std::vector<Pair>&,
                                                 std::optional<double> Run::*);
extern template std::optional<double> mean_ratio(const std::vector<Pair>&,
                                                 std::optional<int64_t> Run::*);

}  // namespace thimble::store
