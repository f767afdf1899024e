// Accuracies of the shared models on the shared data sets: those that other runtimes gave.
#include <gtest/gtest.h>

#include "eval/evaluate.h"
#include "eval/metrics.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

struct AccuracyRow {
  const char* model;    // below shared/models
  const char* kind;     // of the data set
  const char* path;     // below shared/datasets
  const char* options;  // of the data set
  double right;         // of all samples, as other runtimes counted them
  double tolerance;     // samples; not 0 for integer networks that the other one rounds differently
};

constexpr const char* kCifar = "cifar10/test_batch_interleaved.bin.xz";
constexpr const char* kKeywords = "mlperf-tiny-kws01-mfcc-int8.tar.xz";

const AccuracyRow kRows[] = {
    {"mlperf-tiny/pretrainedResnet_quant.tflite", "cifar10", kCifar, "", 8697, 20},
    {"mlperf-tiny/pretrainedResnet.tflite", "cifar10", kCifar, "?scale=1", 8719, 1},
    {"chrpro/Tensorflow-micro__CIFAR-Models__src__model.tflite", "cifar10", kCifar, "", 5804, 5},
    {"mlonmcu/MNIST_model.tflite", "mnist", "mnist", "", 9851, 0},
    {"mlonmcu/MNIST_model_quantized.tflite", "mnist", "mnist", "", 9852, 1},
    {"mlonmcu/simple_mnist.tflite", "mnist", "mnist", "", 8337, 0},
    {"chrpro/Tensorflow-micro__MNIST-Models__src__model.tflite", "mnist", "mnist", "", 9823, 5},
    {"mlperf-tiny/kws_ref_model.tflite", "mlperf", kKeywords, "", 901, 0},
    {"mlperf-tiny/kws_ref_model_float32.tflite", "mlperf", kKeywords,
     "?scale=0.5847029&zero_point=83", 905, 1},
};

class Accuracy : public ::testing::TestWithParam<AccuracyRow> {};

TEST_P(Accuracy, IsThatOfOtherRuntimes) {
  THIMBLE_NEED_SHARED(shared);
  if (testing::kSanitized) GTEST_SKIP() << "too slow under a sanitizer";
  const AccuracyRow& row = GetParam();
  auto graph = frontend::import_file(shared / "models" / row.model);
  ASSERT_TRUE(graph) << graph.error().to_string();
  const std::string path = (shared / "datasets" / row.path).string();
  auto samples = data::open_data_set(fmt::format("{}:{}{}", row.kind, path, row.options));
  ASSERT_TRUE(samples) << samples.error().to_string();
  auto evaluation = eval::evaluate({*graph}, **samples, {});
  ASSERT_TRUE(evaluation) << evaluation.error().to_string();
  const auto count = static_cast<double>(evaluation->labels.size());
  EXPECT_NEAR(eval::accuracy(evaluation->outcomes[0]).value * count, row.right, row.tolerance);
}

INSTANTIATE_TEST_SUITE_P(, Accuracy, ::testing::ValuesIn(kRows), [](const auto& tested) {
  std::string name = tested.param.model;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(Evaluate, DoesNotDependOnTheNumberOfThreads) {
  THIMBLE_NEED_SHARED(shared);
  auto graph = frontend::import_file(shared / "models/mlperf-tiny/kws_ref_model.tflite");
  ASSERT_TRUE(graph);
  std::vector<eval::Evaluation> evaluations;
  for (unsigned threads : {1u, 3u}) {
    auto samples =
        data::open_data_set("mlperf:" + (shared / "datasets" / kKeywords).string() + "?take=60");
    ASSERT_TRUE(samples) << samples.error().to_string();
    auto evaluation = eval::evaluate({*graph}, **samples, {.threads = threads});
    ASSERT_TRUE(evaluation) << evaluation.error().to_string();
    evaluations.push_back(std::move(*evaluation));
  }
  EXPECT_EQ(evaluations[0].labels, evaluations[1].labels);
  EXPECT_EQ(evaluations[0].names, evaluations[1].names);
  for (size_t i = 0; i < evaluations[0].labels.size(); ++i) {
    EXPECT_EQ(evaluations[0].outcomes[0][i].predicted, evaluations[1].outcomes[0][i].predicted);
    EXPECT_EQ(evaluations[0].outcomes[0][i].cross_entropy,
              evaluations[1].outcomes[0][i].cross_entropy);
  }
}

}  // namespace
}  // namespace thimble
