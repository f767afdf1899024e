#include "eval/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "eval/metrics.h"

namespace thimble::eval {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Samples from memory.
class FakeData : public data::DataSet {
 public:
  explicit FakeData(std::vector<data::Sample> samples) : samples_(std::move(samples)) {}

  const data::DataSetInfo& info() const override { return info_; }

  base::Result<bool> next(data::Sample& sample) override {
    if (index_ == samples_.size()) return false;
    sample = samples_[index_++];
    if (sample.values.empty())
      return base::fail(base::ErrorCode::kMalformed, "sample {} cannot be read", index_ - 1);
    return true;
  }

 private:
  std::vector<data::Sample> samples_;
  data::DataSetInfo info_;
  size_t index_ = 0;
};

// output = weights x input, [out, in].
ir::Graph matrix(const std::vector<float>& weights, int32_t in) {
  const auto out = static_cast<int32_t>(weights.size()) / in;
  const auto* bytes = reinterpret_cast<const std::byte*>(weights.data());
  ir::Graph graph;
  graph.name = "matrix";
  auto tensor = [&](ir::Shape shape) {
    ir::Tensor made;
    made.name = "tensor";
    made.shape = std::move(shape);
    return graph.add_tensor(std::move(made));
  };
  graph.inputs = {tensor({1, in})};
  const ir::TensorId matrix = tensor({out, in});
  graph.tensor(matrix).data =
      std::make_shared<const base::Bytes>(bytes, bytes + weights.size() * sizeof(float));
  graph.outputs = {tensor({1, out})};
  graph.nodes.push_back({"FULLY_CONNECTED",
                         "node",
                         "test",
                         {graph.inputs[0], matrix, ir::kNoTensor},
                         graph.outputs,
                         {{"activation", "none"}, {"keep_num_dims", int64_t{0}}}});
  return graph;
}

std::string error_of(const std::vector<ir::Graph>& graphs, std::vector<data::Sample> samples) {
  FakeData data(std::move(samples));
  const auto evaluation = evaluate(graphs, data, {});
  return evaluation ? "" : evaluation.error().to_string();
}

const std::vector<float> kIdentityOfThree = {1, 0, 0, 0, 1, 0, 0, 0, 1};
const std::vector<float> kThreeOfTwo = {1, 0, 0, 1, 1, 1};

TEST(Evaluate, LogitsGoThroughASoftmax) {
  FakeData data({{{2, 1}, 2, "a"}, {{1, -1}, 0, "b"}, {{0, 0}, 1, "c"}});
  const auto evaluation = evaluate({matrix(kThreeOfTwo, 2)}, data, {});
  ASSERT_TRUE(evaluation) << evaluation.error().to_string();
  EXPECT_EQ(evaluation->task, Task::kClassification);
  EXPECT_THAT(evaluation->labels, ElementsAre(2, 0, 1));
  const std::vector<Outcome>& outcomes = evaluation->outcomes[0];
  EXPECT_EQ(outcomes[0].predicted, 2);
  EXPECT_NEAR(outcomes[0].cross_entropy, std::log(std::exp(-1) + std::exp(-2) + 1), 1e-6);
  EXPECT_EQ(outcomes[1].rank_of_label, 0);
  EXPECT_EQ(outcomes[2].predicted, 0);  // the first of equals
  EXPECT_EQ(outcomes[2].rank_of_label, 1);
  EXPECT_NEAR(outcomes[2].cross_entropy, std::log(3), 1e-6);
}

TEST(Evaluate, StopsAfterTheWantedSamples) {
  FakeData data({{{1, 0}, 0, ""}, {{1, 0}, 0, ""}, {{1, 0}, 0, ""}});
  uint64_t last = 0;
  const auto evaluation =
      evaluate({matrix(kThreeOfTwo, 2)}, data,
               {.max_samples = 2, .threads = 2, .on_progress = [&](uint64_t done, uint64_t total) {
                  last = done;
                  EXPECT_EQ(total, 2u);
                }});
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->labels.size(), 2u);
  EXPECT_EQ(last, 2u);
}

TEST(Evaluate, NetworksThatImitateTheirInputScoreItsError) {
  // All windows of a recording count.
  FakeData data({{{1, 2, 3, 1, 2, 3}, 0, ""}, {{1, 2, 3, 4, 5, 6}, 1, ""}});
  std::vector<float> weights = kIdentityOfThree;
  weights[8] = 2;  // the last element doubles: errors 9 and 9, 9 and 36
  const auto evaluation = evaluate({matrix(weights, 3)}, data, {});
  ASSERT_TRUE(evaluation) << evaluation.error().to_string();
  EXPECT_EQ(evaluation->task, Task::kAnomaly);
  EXPECT_NEAR(evaluation->outcomes[0][0].score, 18.0 / 6, 1e-9);
  EXPECT_NEAR(evaluation->outcomes[0][1].score, 45.0 / 6, 1e-9);
  EXPECT_EQ(area_under_roc(evaluation->outcomes[0], evaluation->labels).value, 1);
}

TEST(Evaluate, RefusesWhatDoesNotFitTogether) {
  const ir::Graph network = matrix(kThreeOfTwo, 2);
  EXPECT_THAT(error_of({network}, {{{1, 2}, 3, "x"}}), HasSubstr("x: the label is 3"));
  EXPECT_THAT(error_of({network}, {{{1, 2}, data::kNoLabel, "x"}}), HasSubstr("label is -1"));
  EXPECT_THAT(error_of({network}, {{{1, 2, 3}, 0, "x"}}), HasSubstr("a sample has 3 values"));
  EXPECT_THAT(error_of({network}, {}), HasSubstr("no samples"));
  EXPECT_THAT(error_of({network}, {{{1, 2}, 0, "x"}, {{}, 0, "y"}}),
              HasSubstr("sample 1 cannot be read"));
  EXPECT_THAT(error_of({network, matrix(kIdentityOfThree, 3)}, {{{1, 2}, 0, "x"}}),
              HasSubstr("cannot be compared"));
  EXPECT_THAT(error_of({matrix(kIdentityOfThree, 3)}, {{{1, 2, 3}, 2, "x"}}),
              HasSubstr("expected 0 (normal) or 1"));
}

TEST(Evaluate, WeightsThatAreNoNumbersAreNotTakenForRight) {
  std::vector<float> weights = kThreeOfTwo;
  weights[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of({matrix(weights, 2)}, {{{1, 2}, 0, "x"}}), HasSubstr("not a number"));
}

}  // namespace
}  // namespace thimble::eval
