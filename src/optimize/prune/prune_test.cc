#include "optimize/prune/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "zoo/zoo.h"

namespace thimble::optimize {
namespace {

using ::testing::HasSubstr;

ir::Graph lenet(ir::DataType type = ir::DataType::kFloat32) {
  auto graph = zoo::make_network("lenet", {.type = type});
  return std::move(*graph);
}

template <typename Number>
uint64_t total(const Pruned& pruned, Number LayerSparsity::*member) {
  uint64_t sum = 0;
  for (const LayerSparsity& layer : pruned.layers) sum += static_cast<uint64_t>(layer.*member);
  return sum;
}

std::vector<float> weights_of(const ir::Graph& graph, const std::string& layer) {
  for (const ir::Node& node : graph.nodes) {
    if (node.name != layer) continue;
    const ir::Tensor& weights = *graph.input(node, 1);
    return {weights.as<float>(), weights.as<float>() + weights.elements()};
  }
  return {};
}

TEST(Prune, TakesTheSmallestWeightsOfTheNetwork) {
  const ir::Graph graph = lenet();
  const auto pruned = prune(graph, {.fraction = 0.8});
  ASSERT_TRUE(pruned);
  const uint64_t weights = total(*pruned, &LayerSparsity::weights);
  EXPECT_NEAR(static_cast<double>(total(*pruned, &LayerSparsity::zeros)),
              0.8 * static_cast<double>(weights), 1);
  // Nothing that stays is smaller than what went, and nothing else changed.
  float largest = 0, smallest = 1e9f;
  for (const LayerSparsity& layer : pruned->layers) {
    const std::vector<float> before = weights_of(graph, layer.name);
    const std::vector<float> after = weights_of(pruned->graph, layer.name);
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_TRUE(after[i] == 0 || after[i] == before[i]);
      if (after[i] == 0)
        largest = std::max(largest, std::abs(before[i]));
      else
        smallest = std::min(smallest, std::abs(before[i]));
    }
    EXPECT_EQ(layer.maccs_skipped(), layer.maccs / layer.weights * layer.zeros);
  }
  EXPECT_LE(largest, smallest);
}

TEST(Prune, TakesOnlyTheLayersThatAreNamed) {
  const ir::Graph graph = lenet();
  const std::string name = graph.nodes[0].name;
  const auto pruned = prune(graph, {.fraction = 0.5, .layers = {name}});
  ASSERT_TRUE(pruned) << pruned.error().to_string();
  for (const LayerSparsity& layer : pruned->layers)
    EXPECT_EQ(layer.zeros, layer.name == name ? layer.weights / 2 : 0) << layer.name;
  EXPECT_THAT(prune(graph, {.fraction = 0.5, .layers = {name + "x"}}).error().to_string(),
              HasSubstr("no layer " + name + "x to prune"));
}

TEST(Prune, TakesTheSameFractionOfEveryLayer) {
  const auto pruned = prune(lenet(), {.fraction = 0.5, .scope = PruneOptions::Scope::kLayer});
  ASSERT_TRUE(pruned);
  for (const LayerSparsity& layer : pruned->layers)
    EXPECT_NEAR(static_cast<double>(layer.zeros), 0.5 * static_cast<double>(layer.weights), 1)
        << layer.name;
}

TEST(Prune, ChannelsLeaveTheNetworkButNoOutputs) {
  const ir::Graph graph = lenet();
  for (auto scope : {PruneOptions::Scope::kLayer, PruneOptions::Scope::kNetwork}) {
    const auto pruned =
        prune(graph, {.fraction = 0.5, .unit = PruneOptions::Unit::kChannels, .scope = scope});
    ASSERT_TRUE(pruned) << pruned.error().to_string();
    const uint64_t before = total(*pruned, &LayerSparsity::channels_before);
    EXPECT_EQ(total(*pruned, &LayerSparsity::channels) - 10, (before - 10) / 2);
    EXPECT_EQ(pruned->layers.back().channels, 10);
    EXPECT_EQ(total(*pruned, &LayerSparsity::zeros), 0);
    EXPECT_LT(total(*pruned, &LayerSparsity::maccs),
              total(*pruned, &LayerSparsity::maccs_before) / 2);
  }
}

// The channels of two layers that are added leave together, and those of a depthwise layer with
// those it reads.
TEST(Prune, ChannelsThatOnlyExistTogetherGoTogether) {
  const auto graph = zoo::make_network(
      "mobilenet-v1", {.type = ir::DataType::kFloat32, .width = 0.25, .resolution = 96});
  ASSERT_TRUE(graph);
  const auto pruned = prune(*graph, {.fraction = 0.25,
                                     .unit = PruneOptions::Unit::kChannels,
                                     .scope = PruneOptions::Scope::kLayer});
  ASSERT_TRUE(pruned) << pruned.error().to_string();
  for (const LayerSparsity& layer : pruned->layers) {
    const bool is_output = &layer == &pruned->layers.back();
    EXPECT_EQ(layer.channels, is_output ? layer.channels_before : layer.channels_before * 3 / 4)
        << layer.name;
  }
}

TEST(Prune, ChannelsOfSumsLeaveAllTheirLayers) {
  const auto graph = zoo::make_network("resnet20", {.type = ir::DataType::kFloat32});
  ASSERT_TRUE(graph);
  const auto pruned = prune(*graph, {.fraction = 0.5, .unit = PruneOptions::Unit::kChannels});
  ASSERT_TRUE(pruned) << pruned.error().to_string();
  EXPECT_LT(total(*pruned, &LayerSparsity::maccs),
            total(*pruned, &LayerSparsity::maccs_before) / 2);
}

TEST(Prune, SaysWhatIsWrong) {
  for (double fraction : {-0.1, 1.0, std::nan("")})
    EXPECT_EQ(prune(lenet(), {.fraction = fraction}).error().code,
              base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(prune(lenet(ir::DataType::kInt8), {.fraction = 0.5}).error().code,
            base::ErrorCode::kInvalidArgument);
  ir::Graph graph = lenet();
  ir::Tensor& weights = graph.tensor(graph.nodes[0].inputs[1]);
  auto bytes = *weights.data;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data(), &nan, sizeof nan);
  weights.data = std::make_shared<const base::Bytes>(std::move(bytes));
  EXPECT_THAT(prune(graph, {.fraction = 0.5}).error().to_string(), HasSubstr("nan"));
}

}  // namespace
}  // namespace thimble::optimize
