#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace thimble::eval {
namespace {

constexpr double kZ = 1.959963984540054;  // of 95 %

// Of a sample of paired or single values: mean +- z standard errors.
template <typename ValueOf>
Interval mean_interval(size_t count, ValueOf value_of) {
  const auto n = static_cast<double>(count);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) sum += value_of(i);
  const double mean = sum / n;
  for (size_t i = 0; i < count; ++i) squares += (value_of(i) - mean) * (value_of(i) - mean);
  const double error = count > 1 ? kZ * std::sqrt(squares / (n - 1) / n) : 0;
  return {mean, mean - error, mean + error};
}

// DeLong's structural components: for every sample the share of the samples of the other label that
// it is on the right side of, ties counting half.
struct Components {
  std::vector<double> of_anomalous, of_normal;
  double area = 0;
};

double share_below(const std::vector<double>& sorted, double value) {
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
  const auto below = static_cast<double>(first - sorted.begin());
  const auto equal = static_cast<double>(last - first);
  return (below + equal / 2) / static_cast<double>(sorted.size());
}

Components components(const std::vector<Outcome>& outcomes, const std::vector<int32_t>& labels) {
  std::vector<double> anomalous, normal;
  for (size_t i = 0; i < outcomes.size(); ++i)
    (labels[i] == 1 ? anomalous : normal).push_back(outcomes[i].score);
  std::vector<double> sorted_anomalous = anomalous, sorted_normal = normal;
  std::ranges::sort(sorted_anomalous);
  std::ranges::sort(sorted_normal);
  Components c;
  for (double score : anomalous) c.of_anomalous.push_back(share_below(sorted_normal, score));
  for (double score : normal) c.of_normal.push_back(1 - share_below(sorted_anomalous, score));
  c.area = std::accumulate(c.of_anomalous.begin(), c.of_anomalous.end(), 0.0) /
           static_cast<double>(c.of_anomalous.size());
  return c;
}

// z standard errors of the area, or of a difference when the components are differences.
Interval area_interval(const Components& c) {
  auto half_width = [](const std::vector<double>& values) {
    const Interval interval = mean_interval(values.size(), [&](size_t i) { return values[i]; });
    return interval.high - interval.value;
  };
  const double error = std::hypot(half_width(c.of_anomalous), half_width(c.of_normal));
  return {c.area, c.area - error, c.area + error};
}

}  // namespace

Interval accuracy(const std::vector<Outcome>& outcomes, int32_t k) {
  const auto n = static_cast<double>(outcomes.size());
  const double p = static_cast<double>(std::ranges::count_if(
                       outcomes, [&](const Outcome& o) { return o.rank_of_label < k; })) /
                   n;
  const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double error = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  return {p, centre - error, centre + error};
}

Interval mean_cross_entropy(const std::vector<Outcome>& outcomes) {
  return mean_interval(outcomes.size(), [&](size_t i) { return outcomes[i].cross_entropy; });
}

bool has_both_labels(const std::vector<int32_t>& labels) {
  return std::ranges::count(labels, 0) > 0 && std::ranges::count(labels, 1) > 0;
}

Interval area_under_roc(const std::vector<Outcome>& outcomes, const std::vector<int32_t>& labels) {
  Interval interval = area_interval(components(outcomes, labels));
  return {interval.value, std::max(interval.low, 0.0), std::min(interval.high, 1.0)};
}

Interval accuracy_difference(const std::vector<Outcome>& first,
                             const std::vector<Outcome>& second) {
  double only_first = 0, only_second = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    const bool first_right = first[i].rank_of_label == 0,
               second_right = second[i].rank_of_label == 0;
    only_first += first_right && !second_right;
    only_second += second_right && !first_right;
  }
  const auto n = static_cast<double>(first.size());
  const double p = (only_second + 1) / (n + 2), q = (only_first + 1) / (n + 2);
  const double error = kZ * std::sqrt((p + q - (p - q) * (p - q)) / (n + 2));
  return {(only_second - only_first) / n, p - q - error, p - q + error};
}

Interval cross_entropy_difference(const std::vector<Outcome>& first,
                                  const std::vector<Outcome>& second) {
  return mean_interval(first.size(),
                       [&](size_t i) { return second[i].cross_entropy - first[i].cross_entropy; });
}

Interval area_difference(const std::vector<Outcome>& first, const std::vector<Outcome>& second,
                         const std::vector<int32_t>& labels) {
  const Components of_first = components(first, labels);
  Components difference = components(second, labels);
  for (size_t i = 0; i < difference.of_anomalous.size(); ++i)
    difference.of_anomalous[i] -= of_first.of_anomalous[i];
  for (size_t i = 0; i < difference.of_normal.size(); ++i)
    difference.of_normal[i] -= of_first.of_normal[i];
  difference.area -= of_first.area;
  return area_interval(difference);
}

std::vector<std::vector<uint64_t>> confusion_matrix(const Evaluation& evaluation, size_t network) {
  const auto classes = static_cast<size_t>(evaluation.classes);
  std::vector<std::vector<uint64_t>> matrix(classes, std::vector<uint64_t>(classes));
  const std::vector<Outcome>& outcomes = evaluation.outcomes[network];
  for (size_t i = 0; i < outcomes.size(); ++i)
    ++matrix[static_cast<size_t>(evaluation.labels[i])][static_cast<size_t>(outcomes[i].predicted)];
  return matrix;
}

std::vector<ClassFigures> per_class(const Evaluation& evaluation, size_t network) {
  std::vector<ClassFigures> figures(static_cast<size_t>(evaluation.classes));
  const std::vector<Outcome>& outcomes = evaluation.outcomes[network];
  for (size_t i = 0; i < outcomes.size(); ++i) {
    ClassFigures& of_label = figures[static_cast<size_t>(evaluation.labels[i])];
    ++of_label.samples;
    of_label.correct += outcomes[i].rank_of_label == 0;
    ++figures[static_cast<size_t>(outcomes[i].predicted)].predicted;
  }
  return figures;
}

std::vector<size_t> disagreements(const Evaluation& evaluation) {
  std::vector<size_t> indices;
  for (size_t i = 0; i < evaluation.labels.size(); ++i)
    for (const std::vector<Outcome>& outcomes : evaluation.outcomes)
      if (outcomes[i].predicted != evaluation.outcomes[0][i].predicted) {
        indices.push_back(i);
        break;
      }
  return indices;
}

}  // namespace thimble::eval
