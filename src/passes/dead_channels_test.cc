#include "passes/dead_channels.h"

#include <gtest/gtest.h>

#include "ops/op.h"
#include "ops/statistics.h"
#include "passes/random_graph_test_support.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::TensorId;
using testing::expect_same_outputs;
using testing::GraphMaker;
using testing::quantized;
using testing::RandomGraph;

uint64_t maccs(const Graph& graph) {
  return ops::statistics(graph).total.cost.maccs;
}

class RandomNetworks : public ::testing::TestWithParam<DataType> {};

TEST_P(RandomNetworks, KeepTheirOutputs) {
  constexpr uint64_t kGraphs = 400;
  uint64_t shrunk = 0;
  for (uint64_t seed = 1; seed <= kGraphs; ++seed) {
    SCOPED_TRACE(fmt::format("graph {}", seed));
    const Graph graph = RandomGraph(seed, GetParam()).make();
    const auto rewritten = remove_dead_channels(graph);
    ASSERT_TRUE(rewritten);
    expect_same_outputs(graph, *rewritten, 6);
    if (HasFatalFailure()) return;
    EXPECT_LE(maccs(*rewritten), maccs(graph));
    shrunk += maccs(*rewritten) < maccs(graph) ? 1 : 0;
  }
  EXPECT_GT(shrunk, kGraphs / 2);
}

INSTANTIATE_TEST_SUITE_P(Types, RandomNetworks,
                         ::testing::Values(DataType::kInt8, DataType::kInt16, DataType::kFloat32),
                         [](const auto& test) { return std::string(ir::type_name(test.param)); });

// Two convolutions over 6x6, the first 1x1: one channel in and out, three between, of which the
// second has weights of zero and so one value. All zero points are -128.
struct TwoConvolutions {
  int64_t kernel = 1;
  std::string padding = "same";
  int32_t constant = -128;
  std::vector<int8_t> first_weights = {90, 0, 55};
  float scale = 1;  // of the activations and of the second weights
  bool has_second_bias = true;

  Graph make() const {
    GraphMaker maker;
    const ir::Quantization activations = quantized(scale, -128), weights = quantized(0.01f);
    const TensorId x = maker.input(DataType::kInt8, {1, 6, 6, 1}, activations);
    const std::vector<int32_t> first_bias{0, (constant + 128) * 100, 7};
    const TensorId y =
        maker.node("CONV_2D",
                   {x, maker.constant(DataType::kInt8, {3, 1, 1, 1}, first_weights, weights),
                    maker.constant(DataType::kInt32, {3}, first_bias)},
                   testing::window("valid"), activations);
    std::vector<int8_t> values;
    for (int64_t i = 0; i < 3 * kernel * kernel; ++i)
      values.push_back(static_cast<int8_t>((i % 7 + 1) * (i % 2 == 0 ? -1 : 1)));
    const auto size = static_cast<int32_t>(kernel);
    std::vector<TensorId> operands{
        y, maker.constant(DataType::kInt8, {1, size, size, 3}, values, quantized(0.01f * scale))};
    if (has_second_bias)
      operands.push_back(maker.constant(DataType::kInt32, {1}, std::vector<int32_t>{50}));
    const TensorId z =
        maker.node("CONV_2D", std::move(operands), testing::window(padding), activations);
    return maker.finish({z});
  }

  // How many channels between the two remain.
  int32_t remaining() const {
    const Graph graph = make();
    const auto rewritten = remove_dead_channels(graph);
    EXPECT_TRUE(rewritten);
    expect_same_outputs(graph, *rewritten, 20);
    return rewritten->output(rewritten->nodes[0]).shape[3];
  }
};

TEST(DeadChannels, AConstantGoesIntoTheBias) {
  EXPECT_EQ((TwoConvolutions{.kernel = 1, .constant = -128}.remaining()), 2);
  EXPECT_EQ((TwoConvolutions{.kernel = 1, .constant = 17}.remaining()), 2);
  EXPECT_EQ((TwoConvolutions{.kernel = 3, .padding = "valid", .constant = 17}.remaining()), 2);
}

TEST(DeadChannels, AtAPaddedBorderOnlyTheZeroPointDoes) {
  EXPECT_EQ((TwoConvolutions{.kernel = 3, .constant = -128}.remaining()), 2);
  EXPECT_EQ((TwoConvolutions{.kernel = 3, .constant = 17}.remaining()), 3);
}

TEST(DeadChannels, TheBiasItMakesHasAScaleThoughTheProductUnderflows) {
  const TwoConvolutions network{.kernel = 1, .scale = 1e-30f, .has_second_bias = false};
  EXPECT_EQ(network.remaining(), 1);  // the output is a constant
  const auto rewritten = remove_dead_channels(network.make());
  EXPECT_EQ(rewritten->nodes.back().inputs.size(), 3);
  EXPECT_TRUE(ops::verify(*rewritten));
}

TEST(DeadChannels, ANetworkWithoutAnyComesOutUnchanged) {
  const Graph graph = TwoConvolutions{.first_weights = {90, 40, 55}}.make();
  const auto rewritten = remove_dead_channels(graph);
  ASSERT_TRUE(rewritten);
  EXPECT_EQ(ir::print(graph), ir::print(*rewritten));
  for (size_t i = 0; i < graph.tensors.size(); ++i)
    EXPECT_EQ(graph.tensors[i].data, rewritten->tensors[i].data) << "shared, not copied";
}

TEST(DeadChannels, OneChannelStaysWhenAllAreConstant) {
  EXPECT_EQ((TwoConvolutions{.first_weights = {0, 0, 0}}.remaining()), 1);
}

// The same over floats: of three channels between two convolutions the second is a constant, of
// 0.5 or 0.
struct TwoFloatConvolutions {
  int32_t kernel = 1;
  std::string padding = "same";
  float constant = 0;
  std::string activation = "relu";

  int32_t remaining() const {
    GraphMaker maker;
    auto window = [&](std::string how) { return testing::window(how, 1, activation); };
    const TensorId x = maker.input(DataType::kFloat32, {1, 6, 6, 1});
    const std::vector<float> weights = {0.9f, 0, 0.5f}, bias = {0.1f, constant, 0};
    const TensorId y = maker.node("CONV_2D",
                                  {x, maker.constant(DataType::kFloat32, {3, 1, 1, 1}, weights),
                                   maker.constant(DataType::kFloat32, {3}, bias)},
                                  window("valid"));
    std::vector<float> values;
    for (int32_t i = 0; i < 3 * kernel * kernel; ++i)
      values.push_back(static_cast<float>(i % 7 + 1) * (i % 2 == 0 ? -0.1f : 0.1f));
    const TensorId z = maker.node(
        "CONV_2D", {y, maker.constant(DataType::kFloat32, {1, kernel, kernel, 3}, values)},
        testing::window(padding));
    const Graph graph = maker.finish({z});
    const auto rewritten = remove_dead_channels(graph);
    EXPECT_TRUE(rewritten);
    expect_same_outputs(graph, *rewritten, 20);
    return rewritten->output(rewritten->nodes[0]).shape[3];
  }
};

TEST(DeadChannels, AConstantOfFloatsGoesIntoTheBiasToo) {
  EXPECT_EQ((TwoFloatConvolutions{.constant = 0.5f}.remaining()), 2);
  EXPECT_EQ((TwoFloatConvolutions{.kernel = 3, .padding = "valid", .constant = 0.5f}.remaining()),
            2);
  EXPECT_EQ((TwoFloatConvolutions{.kernel = 3, .constant = 0.5f}.remaining()), 3);
  EXPECT_EQ((TwoFloatConvolutions{.kernel = 3, .constant = 0}.remaining()), 2);
  // The activation has the last word on what the constant is.
  EXPECT_EQ((TwoFloatConvolutions{.kernel = 3, .constant = -0.5f}.remaining()), 2);
  EXPECT_EQ(
      (TwoFloatConvolutions{.kernel = 3, .constant = -0.5f, .activation = "none"}.remaining()), 3);
}

}  // namespace
}  // namespace thimble::passes
