// Figures of one network and differences between two, from an Evaluation.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/evaluate.h"

namespace thimble::eval {

// value, with the 95 % confidence interval [low, high].
struct Interval {
  double value = 0, low = 0, high = 0;
};

// Share of samples whose label is among the k largest outputs, with Wilson's interval (1927).
Interval accuracy(const std::vector<Outcome>& outcomes, int32_t k = 1);

// Mean over the samples, with the interval of the normal distribution.
Interval mean_cross_entropy(const std::vector<Outcome>& outcomes);

// Probability that an anomalous sample has the larger score, ties counting half (the area under the
// ROC curve), with the interval from DeLong's variance (1988). Both labels must occur.
Interval area_under_roc(const std::vector<Outcome>& outcomes, const std::vector<int32_t>& labels);
bool has_both_labels(const std::vector<int32_t>& labels);

// second - first on the same samples, so that what both do alike cancels.
// Accuracy: the adjusted interval of Bonett and Price 2012 for paired proportions, equation 10:
// with b and c samples that only one of them has right, p = (b + 1) / (n + 2), q = (c + 1) /
// (n + 2), it is (p - q) +- 1.96 sqrt((p + q - (p - q)^2) / (n + 2)).
Interval accuracy_difference(const std::vector<Outcome>& first, const std::vector<Outcome>& second);
// Mean difference +- 1.96 standard errors.
Interval cross_entropy_difference(const std::vector<Outcome>& first,
                                  const std::vector<Outcome>& second);
// DeLong's covariance for correlated curves (1988).
Interval area_difference(const std::vector<Outcome>& first, const std::vector<Outcome>& second,
                         const std::vector<int32_t>& labels);

struct ClassFigures {
  uint64_t samples = 0, predicted = 0, correct = 0;
  double recall() const { return samples ? double(correct) / double(samples) : 0; }
  double precision() const { return predicted ? double(correct) / double(predicted) : 0; }
};

// Counts by [label][predicted].
std::vector<std::vector<uint64_t>> confusion_matrix(const Evaluation& evaluation, size_t network);
std::vector<ClassFigures> per_class(const Evaluation& evaluation, size_t network);

// Indices of the samples for which not all networks predict the same class.
std::vector<size_t> disagreements(const Evaluation& evaluation);

}  // namespace thimble::eval
