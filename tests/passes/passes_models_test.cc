// Every pass and the whole pipeline on every shared model: same outputs, and the figures of
// docs/passes.md.
#include <gtest/gtest.h>

#include "base/random.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "ops/statistics.h"
#include "passes/graph_maker_test_support.h"
#include "passes/pipeline.h"
#include "tests/golden/models.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

using passes::testing::expect_same_outputs;
using testing::GoldenModelRow;

class PassesModels : public ::testing::TestWithParam<GoldenModelRow> {};

TEST_P(PassesModels, KeepOutputs) {
  THIMBLE_NEED_SHARED(shared);
  const auto graph = frontend::import_file(shared / "models" / GetParam().model);
  ASSERT_TRUE(graph) << graph.error().to_string();
  const uint64_t inputs = testing::kSanitized ? 1 : 5;
  for (const passes::Pass& pass : passes::all_passes()) {
    SCOPED_TRACE(pass.name);
    const auto rewritten = pass.run(*graph);
    ASSERT_TRUE(rewritten) << rewritten.error().to_string();
    if (ir::print(*rewritten) == ir::print(*graph)) continue;
    expect_same_outputs(*graph, *rewritten, inputs);
  }
  const auto optimized = passes::optimize(*graph);
  ASSERT_TRUE(optimized) << optimized.error().to_string();
  expect_same_outputs(*graph, *optimized, inputs);
}

std::string test_name(const ::testing::TestParamInfo<GoldenModelRow>& test) {
  std::string name = test.param.model;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shared, PassesModels, ::testing::ValuesIn(testing::golden_models()),
                         test_name);

// Images: flat ones, ramps, checkerboards and blotches show a network what noise does not.
base::Bytes synthetic_image(const ir::Tensor& tensor, uint64_t seed) {
  base::Random random(seed);
  const int64_t kind = random.integer(0, 4), size = random.integer(1, 24);
  const int64_t dx = random.integer(-5, 5), dy = random.integer(-5, 5);
  const int64_t low = random.integer(-128, 127), high = random.integer(-128, 127);
  const int64_t width = tensor.shape[2], channels = tensor.shape[3];
  base::Bytes image(tensor.bytes());
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    const int64_t c = i % channels, x = i / channels % width, y = i / channels / width;
    int64_t value = low;
    if (kind == 1) value = x * dx + y * dy + c * low;
    if (kind == 2) value = (x / size + y / size) % 2 == 0 ? low : high;
    if (kind == 3) value = random.integer(std::min(low, high), std::max(low, high));
    if (kind == 4)
      value = base::Random(seed + static_cast<uint64_t>(y / size * 1000 + x / size * 3 + c))
                  .integer(-128, 127);
    image[static_cast<size_t>(i)] = static_cast<std::byte>(value);
  }
  return image;
}

uint64_t weights_of(const ir::Graph& graph) {
  uint64_t count = 0;
  for (const ir::Node& node : graph.nodes)
    if (ops::find_op(node.op)->cost(graph, node).maccs > 0)
      count += static_cast<uint64_t>(graph.input(node, 1)->elements());
  return count;
}

TEST(DeadChannelsOfVisualWakeWords, AtMostHalfTheWorkRemainsAndTheSameLogits) {
  THIMBLE_NEED_SHARED(shared);
  const auto graph = frontend::import_file(shared / "models/mlperf-tiny/vww_96_int8.tflite");
  ASSERT_TRUE(graph) << graph.error().to_string();
  auto optimized = passes::optimize(*graph);
  ASSERT_TRUE(optimized) << optimized.error().to_string();
  EXPECT_EQ(ops::statistics(*graph).total.cost.maccs, 7'489'664u);
  EXPECT_EQ(weights_of(*graph), 208'112u);
  EXPECT_LE(ops::statistics(*optimized).total.cost.maccs, 3'733'073u);
  EXPECT_LE(weights_of(*optimized), 29'286u);

  // The logits are what goes into the last layer.
  ir::Graph original = *graph;
  original.outputs = {original.nodes.back().inputs[0]};
  optimized->outputs = {optimized->nodes.back().inputs[0]};
  auto expected = exec::Executor::create(original), actual = exec::Executor::create(*optimized);
  ASSERT_TRUE(expected && actual);
  const uint64_t images = testing::kSanitized ? 3 : 200;
  for (uint64_t seed = 0; seed < images; ++seed) {
    const std::vector<base::Bytes> image{synthetic_image(graph->tensor(graph->inputs[0]), seed)};
    const auto a = expected->run(image), b = actual->run(image);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(*a, *b) << "image " << seed;
  }
}

class WithoutDeadChannels : public ::testing::TestWithParam<std::string> {};

TEST_P(WithoutDeadChannels, ComesOutUnchanged) {
  THIMBLE_NEED_SHARED(shared);
  const auto graph = frontend::import_file(shared / "models/mlperf-tiny" / GetParam());
  ASSERT_TRUE(graph) << graph.error().to_string();
  const auto optimized = passes::optimize(*graph);
  ASSERT_TRUE(optimized) << optimized.error().to_string();
  EXPECT_EQ(weights_of(*graph), weights_of(*optimized));
  EXPECT_EQ(ops::statistics(*graph).total.cost.maccs, ops::statistics(*optimized).total.cost.maccs);
  EXPECT_EQ(graph->nodes.size(), optimized->nodes.size());
}

INSTANTIATE_TEST_SUITE_P(Shared, WithoutDeadChannels,
                         ::testing::Values("ad01_int8.tflite", "kws_ref_model.tflite",
                                           "pretrainedResnet_quant.tflite"),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find('.'));
                         });

}  // namespace
}  // namespace thimble
