#include "optimize/prune/prune.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "zoo/zoo.h"

namespace thimble::optimize {
namespace {

ir::Graph lenet(ir::DataType type = ir::DataType::kFloat32) {
  auto graph = zoo::make_network("lenet", {.type = type});
  return std::move(*graph);
}

uint64_t total(const Pruned& pruned, uint64_t LayerSparsity::*member) {
  uint64_t sum = 0;
  for (const LayerSparsity& layer : pruned.layers) sum += layer.*member;
  return sum;
}

float largest_zeroed(const ir::Graph& before, const ir::Graph& after) {
  float largest = 0;
  for (size_t id = 0; id < before.tensors.size(); ++id) {
    if (!before.tensors[id].data || before.tensors[id].type != ir::DataType::kFloat32) continue;
    const float *old = before.tensors[id].as<float>(), *now = after.tensors[id].as<float>();
    for (int64_t i = 0; i < before.tensors[id].elements(); ++i) {
      EXPECT_TRUE(now[i] == 0 || now[i] == old[i]);
      if (now[i] == 0) largest = std::max(largest, std::abs(old[i]));
    }
  }
  return largest;
}

TEST(Prune, TakesTheSmallestWeightsOfTheNetwork) {
  const ir::Graph graph = lenet();
  const auto pruned = prune(graph, {.fraction = 0.8});
  ASSERT_TRUE(pruned);
  const uint64_t weights = total(*pruned, &LayerSparsity::weights);
  EXPECT_NEAR(static_cast<double>(total(*pruned, &LayerSparsity::zeros)),
              0.8 * static_cast<double>(weights), 1);
  // Nothing that stays is smaller than what went.
  const float largest = largest_zeroed(graph, pruned->graph);
  for (const LayerSparsity& layer : pruned->layers) {
    const ir::Tensor& tensor = *pruned->graph.input(pruned->graph.nodes[layer.node], 1);
    for (float w : std::span(tensor.as<float>(), static_cast<size_t>(tensor.elements())))
      EXPECT_TRUE(w == 0 || std::abs(w) >= largest);
  }
}

TEST(Prune, TakesTheSameFractionOfEveryLayer) {
  const auto pruned = prune(lenet(), {.fraction = 0.5, .scope = PruneOptions::Scope::kLayer});
  ASSERT_TRUE(pruned);
  for (const LayerSparsity& layer : pruned->layers)
    EXPECT_NEAR(static_cast<double>(layer.zeros), 0.5 * static_cast<double>(layer.weights), 1)
        << layer.name;
}

TEST(Prune, TakesWholeChannelsButNoOutputs) {
  for (auto scope : {PruneOptions::Scope::kLayer, PruneOptions::Scope::kNetwork}) {
    const auto pruned =
        prune(lenet(), {.fraction = 0.5, .unit = PruneOptions::Unit::kChannels, .scope = scope});
    ASSERT_TRUE(pruned);
    int32_t channels = 0, zero_channels = 0;
    for (const LayerSparsity& layer : pruned->layers) {
      EXPECT_LT(layer.zero_channels, layer.channels);
      channels += layer.channels;
      zero_channels += layer.zero_channels;
      EXPECT_EQ(layer.zeros, layer.weights / static_cast<uint64_t>(layer.channels) *
                                 static_cast<uint64_t>(layer.zero_channels));
    }
    EXPECT_EQ(pruned->layers.back().zero_channels, 0);
    EXPECT_EQ(zero_channels, (channels - 10) / 2);
  }
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
  EXPECT_NE(prune(graph, {.fraction = 0.5}).error().to_string().find("not finite"),
            std::string::npos);
}

}  // namespace
}  // namespace thimble::optimize
