#include "eval/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace thimble::eval {
namespace {

using ::testing::ElementsAre;

std::vector<Outcome> with_ranks(const std::vector<int32_t>& ranks) {
  std::vector<Outcome> outcomes;
  for (int32_t rank : ranks) outcomes.push_back({.predicted = rank, .rank_of_label = rank});
  return outcomes;
}

std::vector<Outcome> with_scores(const std::vector<double>& scores) {
  std::vector<Outcome> outcomes;
  for (double score : scores) outcomes.push_back({.score = score});
  return outcomes;
}

TEST(Metrics, AccuracyCountsLabelsAmongTheFirstK) {
  const auto outcomes = with_ranks({0, 0, 1, 4});
  EXPECT_EQ(accuracy(outcomes).value, 0.5);
  EXPECT_EQ(accuracy(outcomes, 2).value, 0.75);
  EXPECT_EQ(accuracy(outcomes, 5).value, 1);
  // Wilson's interval of 5 out of 10 is 0.2366 to 0.7634 (Newcombe 1998 gives the formula).
  const Interval half = accuracy(with_ranks({0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
  EXPECT_NEAR(half.low, 0.23659, 1e-5);
  EXPECT_NEAR(half.high, 0.76341, 1e-5);
}

TEST(Metrics, DifferencesArePaired) {
  // Of 8 samples the second gets two more right and loses one.
  const auto first = with_ranks({0, 0, 0, 0, 1, 1, 1, 1});
  const auto second = with_ranks({0, 0, 0, 1, 0, 0, 1, 1});
  const Interval difference = accuracy_difference(first, second);
  EXPECT_EQ(difference.value, 0.125);
  EXPECT_NEAR((difference.low + difference.high) / 2, 0.1, 1e-12);  // (3 - 2) / 10
  EXPECT_NEAR(difference.high - 0.1, 1.959964 * std::sqrt((0.5 - 0.01) / 10), 1e-6);
  const Interval same = accuracy_difference(first, first);
  EXPECT_EQ(same.value, 0);
  EXPECT_LT(same.low, 0);  // no sample differs, which does not prove that none could
}

TEST(Metrics, CrossEntropyIsTheMean) {
  std::vector<Outcome> outcomes = {{.cross_entropy = 1}, {.cross_entropy = 3}};
  const Interval loss = mean_cross_entropy(outcomes);
  EXPECT_EQ(loss.value, 2);
  EXPECT_NEAR(loss.high, 2 + 1.959964 * 1.0, 1e-6);  // deviation sqrt 2, error 1
  EXPECT_EQ(cross_entropy_difference(outcomes, outcomes).high, 0);
}

TEST(Metrics, AreaUnderRocCountsPairsInOrder) {
  const std::vector<int32_t> labels = {0, 0, 0, 1, 1};
  // 5 of the 6 pairs are in order.
  EXPECT_NEAR(area_under_roc(with_scores({1, 2, 4, 3, 5}), labels).value, 5.0 / 6, 1e-12);
  EXPECT_EQ(area_under_roc(with_scores({1, 1, 1, 1, 1}), labels).value, 0.5);  // ties count half
  const Interval perfect = area_under_roc(with_scores({1, 2, 3, 4, 5}), labels);
  EXPECT_EQ(perfect.value, 1);
  EXPECT_EQ(perfect.low, 1);
  const Interval better =
      area_difference(with_scores({1, 2, 4, 3, 5}), with_scores({1, 2, 3, 4, 5}), labels);
  EXPECT_NEAR(better.value, 1.0 / 6, 1e-12);
  EXPECT_FALSE(has_both_labels({1, 1}));
}

TEST(Metrics, DeLongsVarianceByHand) {
  // Shares of the anomalous {2/3, 1}: variance 1/18; of the normal {1, 1, 1/2}: variance 1/12.
  const Interval area = area_under_roc(with_scores({1, 2, 4, 3, 5}), {0, 0, 0, 1, 1});
  EXPECT_NEAR(area.value - area.low, 1.959964 * std::sqrt(1.0 / 18 / 2 + 1.0 / 12 / 3), 1e-6);
}

TEST(Metrics, ConfusionAndClasses) {
  Evaluation evaluation;
  evaluation.classes = 3;
  evaluation.labels = {0, 0, 1, 2};
  evaluation.outcomes = {
      {{.predicted = 0},
       {.predicted = 1, .rank_of_label = 1},
       {.predicted = 1},
       {.predicted = 0, .rank_of_label = 2}},
      {{.predicted = 0}, {.predicted = 0}, {.predicted = 1}, {.predicted = 1, .rank_of_label = 1}}};
  EXPECT_THAT(confusion_matrix(evaluation, 0),
              ElementsAre(ElementsAre(1, 1, 0), ElementsAre(0, 1, 0), ElementsAre(1, 0, 0)));
  const auto figures = per_class(evaluation, 0);
  EXPECT_EQ(figures[0].recall(), 0.5);
  EXPECT_EQ(figures[0].precision(), 0.5);
  EXPECT_EQ(figures[2].predicted, 0u);
  EXPECT_THAT(disagreements(evaluation), ElementsAre(1, 3));
}

}  // namespace
}  // namespace thimble::eval
