// The trained network of models/ on the images beside it: what a fresh clone can evaluate.
#include <gtest/gtest.h>

#include "eval/evaluate.h"
#include "eval/metrics.h"
#include "frontend/model/import_model.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

TEST(SampleNetwork, IsAsGoodAsModelsReadmeSays) {
  const std::filesystem::path models = testing::source_dir() / "models";
  auto floats = frontend::import_model(models / "lenet.onnx");
  ASSERT_TRUE(floats) << floats.error().to_string();
  auto integers = frontend::import_model(models / "lenet_int8.tflite");
  ASSERT_TRUE(integers) << integers.error().to_string();
  auto samples = data::open_data_set("mnist:" + (models / "digits").string());
  ASSERT_TRUE(samples) << samples.error().to_string();
  auto evaluation = eval::evaluate({*floats, *integers}, **samples, {});
  ASSERT_TRUE(evaluation) << evaluation.error().to_string();
  ASSERT_EQ(evaluation->labels.size(), 200u);

  EXPECT_NEAR(200 * eval::accuracy(evaluation->outcomes[0]).value, 194, 0.5);
  EXPECT_NEAR(200 * eval::accuracy(evaluation->outcomes[1]).value, 194, 0.5);
}

}  // namespace
}  // namespace thimble
