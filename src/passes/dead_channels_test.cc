#include "passes/dead_channels.h"

#include <gtest/gtest.h>

#include "ops/statistics.h"
#include "passes/random_graph_test_support.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::TensorId;
using testing::bytes_of;
using testing::expect_same_outputs;
using testing::int8_bytes;
using testing::RandomGraph;

TensorId random_layer(RandomGraph& random, TensorId x, std::vector<TensorId>& skips) {
  const ir::Shape shape = random.shape(x);
  const bool is_large = shape[1] > 4 && shape[2] > 4;
  switch (random.draw(0, 12)) {
    case 0:
    case 1:
      return is_large ? random.depthwise(x, random.draw(1, 2)) : x;
    case 2:
      return is_large ? random.pool(x, random.draw(0, 1) ? "MAX_POOL_2D" : "AVERAGE_POOL_2D") : x;
    case 3:
      return random.unary(x, random.draw(0, 1) ? "RELU" : "RELU6");
    case 4:
      return random.unary(x, "QUANTIZE");
    case 5:
      return random.add_constant(x);
    case 6:
      return random.pad(x);
    case 7:
      for (TensorId skip : skips)
        if (random.shape(skip) == shape && skip != x) return random.add(x, skip);
      return x;
    case 8:
      for (TensorId skip : skips)
        if (random.shape(skip) == shape && skip != x) return random.concatenation(skip, x);
      return x;
    case 9:
      return random.reshape(x, {1, shape[2], shape[1], shape[3]});
    default:
      return is_large ? random.conv(x, random.draw(1, 12)) : x;
  }
}

Graph random_graph(uint64_t seed, DataType type) {
  RandomGraph random(seed, type);
  TensorId x = random.input({1, random.draw(6, 12), random.draw(6, 12), random.draw(1, 4)});
  std::vector<TensorId> skips;
  const int32_t layers = random.draw(2, 9);
  for (int32_t i = 0; i < layers; ++i) {
    x = random_layer(random, x, skips);
    skips.push_back(x);
  }
  if (random.draw(0, 3) == 0) x = random.mean(x);
  if (random.draw(0, 1)) {
    const ir::Shape& shape = random.shape(x);
    x = random.reshape(x, {1, shape[1] * shape[2] * shape[3]});
  }
  TensorId hidden = random.dense(x, random.draw(1, 16));
  std::vector<TensorId> outputs{random.dense(hidden, random.draw(1, 4))};
  if (random.draw(0, 9) == 0 && hidden != outputs[0]) outputs.push_back(hidden);
  return random.finish(outputs);
}

uint64_t maccs(const Graph& graph) {
  return ops::statistics(graph).total.cost.maccs;
}

class RandomNetworks : public ::testing::TestWithParam<DataType> {};

TEST_P(RandomNetworks, KeepTheirOutputs) {
  constexpr uint64_t kGraphs = 400;
  uint64_t shrunk = 0;
  for (uint64_t seed = 1; seed <= kGraphs; ++seed) {
    SCOPED_TRACE(fmt::format("graph {}", seed));
    const Graph graph = random_graph(seed, GetParam());
    ASSERT_TRUE(ops::verify(graph)) << ops::verify(graph).error().to_string();
    const auto rewritten = remove_dead_channels(graph);
    ASSERT_TRUE(rewritten);
    ASSERT_TRUE(ops::verify(*rewritten))
        << ops::verify(*rewritten).error().to_string() << ir::print(*rewritten);
    expect_same_outputs(graph, *rewritten, 6);
    if (HasFatalFailure()) return;
    EXPECT_LE(maccs(*rewritten), maccs(graph));
    shrunk += maccs(*rewritten) < maccs(graph) ? 1 : 0;
  }
  EXPECT_GT(shrunk, kGraphs / 2);
}

INSTANTIATE_TEST_SUITE_P(Types, RandomNetworks,
                         ::testing::Values(DataType::kInt8, DataType::kInt16),
                         [](const auto& test) { return std::string(ir::type_name(test.param)); });

// Two 3x3 or 1x1 convolutions over 6x6, one channel in and out, three between; the zero point of
// all activations is -128, and channel 1 between is constant.
struct TwoConvolutions {
  int32_t kernel = 1;
  std::string padding = "same";
  int32_t constant = -128;

  Graph build() const {
    Graph graph;
    auto activation = [&](ir::Shape shape) {
      return graph.add_tensor(
          {"activation", DataType::kInt8, std::move(shape), {{1.0f}, {-128}}, {}});
    };
    auto constant_tensor = [&](DataType type, ir::Shape shape, base::Bytes bytes) {
      return graph.add_tensor({"constant",
                               type,
                               std::move(shape),
                               {{0.01f}, {0}},
                               std::make_shared<const base::Bytes>(std::move(bytes))});
    };
    auto convolution = [&](TensorId in, TensorId out, TensorId weights, TensorId bias,
                           std::string pad) {
      graph.nodes.push_back({"CONV_2D",
                             "conv",
                             "test",
                             {in, weights, bias},
                             {out},
                             {{"padding", pad},
                              {"stride_h", int64_t{1}},
                              {"stride_w", int64_t{1}},
                              {"dilation_h", int64_t{1}},
                              {"dilation_w", int64_t{1}},
                              {"activation", "none"}}});
    };
    const int32_t out = padding == "same" ? 6 : 7 - kernel;
    const TensorId x = activation({1, 6, 6, 1}), y = activation({1, 6, 6, 3}),
                   z = activation({1, out, out, 1});
    convolution(x, y, constant_tensor(DataType::kInt8, {3, 1, 1, 1}, int8_bytes({90, 0, 55})),
                constant_tensor(DataType::kInt32, {3},
                                bytes_of(std::vector<int32_t>{0, (constant + 128) * 100, 7})),
                "valid");
    std::vector<int64_t> weights;
    for (int64_t i = 0; i < 3 * kernel * kernel; ++i) weights.push_back(i % 7 + 1);
    convolution(y, z, constant_tensor(DataType::kInt8, {1, kernel, kernel, 3}, int8_bytes(weights)),
                constant_tensor(DataType::kInt32, {1}, bytes_of(std::vector<int32_t>{50})),
                padding);
    graph.inputs = {x};
    graph.outputs = {z};
    return graph;
  }

  // Channels between the two that remain.
  int32_t remaining() const {
    const Graph graph = build();
    EXPECT_TRUE(ops::verify(graph)) << ops::verify(graph).error().to_string();
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

TEST(DeadChannels, ANetworkWithoutAnyComesOutUnchanged) {
  Graph graph = TwoConvolutions{}.build();
  graph.tensor(graph.nodes[0].inputs[1]).data =
      std::make_shared<const base::Bytes>(int8_bytes({90, 40, 55}));
  const auto rewritten = remove_dead_channels(graph);
  ASSERT_TRUE(rewritten);
  EXPECT_EQ(ir::print(graph), ir::print(*rewritten));
}

TEST(DeadChannels, OneChannelStaysWhenAllAreConstant) {
  Graph graph = TwoConvolutions{}.build();
  graph.tensor(graph.nodes[0].inputs[1]).data =
      std::make_shared<const base::Bytes>(int8_bytes({0, 0, 0}));
  const auto rewritten = remove_dead_channels(graph);
  ASSERT_TRUE(rewritten);
  EXPECT_EQ(rewritten->output(rewritten->nodes[0]).shape[3], 1);
  expect_same_outputs(graph, *rewritten, 5);
}

}  // namespace
}  // namespace thimble::passes
