// One small network for each pass, and all passes on random networks.
#include "passes/pipeline.h"

#include <gtest/gtest.h>

#include "passes/fold_activations.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/fold_padding.h"
#include "passes/random_graph_test_support.h"
#include "passes/remove_copies.h"
#include "passes/unused.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::TensorId;
using testing::expect_same_outputs;
using testing::GraphMaker;
using testing::quantized;
using testing::RandomGraph;

std::vector<std::string> ops_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes) names.push_back(node.op);
  return names;
}
using Ops = std::vector<std::string>;

// Runs a pass and checks that the outputs stay.
Graph rewritten(const Graph& graph, base::Result<Graph> (*pass)(const Graph&)) {
  auto result = pass(graph);
  EXPECT_TRUE(result);
  expect_same_outputs(graph, *result, 10);
  return std::move(*result);
}

// A float 3x3 convolution from 2 to 3 channels.
TensorId float_convolution(GraphMaker& maker, TensorId x, ir::Attributes attributes,
                           bool has_bias = true) {
  std::vector<float> weights;
  for (int i = 0; i < 54; ++i) weights.push_back(static_cast<float>(i % 11 - 5) / 8);
  std::vector<TensorId> inputs{x, maker.constant(DataType::kFloat32, {3, 3, 3, 2}, weights)};
  if (has_bias)
    inputs.push_back(maker.constant(DataType::kFloat32, {3}, std::vector<float>{1, -2, 0.5f}));
  return maker.node("CONV_2D", inputs, std::move(attributes));
}

// The same in int8.
TensorId int8_convolution(GraphMaker& maker, TensorId x, ir::Attributes attributes) {
  std::vector<int8_t> weights;
  for (int i = 0; i < 54; ++i) weights.push_back(static_cast<int8_t>(i * 37 % 255 - 127));
  const TensorId constant =
      maker.constant(DataType::kInt8, {3, 3, 3, 2}, weights, quantized(0.01f));
  return maker.node("CONV_2D", {x, constant}, std::move(attributes), quantized(0.1f, 3));
}

TEST(Pipeline, KeepsTheOutputsOfRandomNetworks) {
  for (DataType type : {DataType::kInt8, DataType::kInt16})
    for (uint64_t seed = 1001; seed <= 1300; ++seed) {
      SCOPED_TRACE(fmt::format("graph {}", seed));
      const Graph graph = RandomGraph(seed, type).make();
      for (const Pass& pass : all_passes()) {
        SCOPED_TRACE(pass.name);
        rewritten(graph, pass.run);
      }
      const auto optimized = optimize(graph);
      ASSERT_TRUE(optimized);
      expect_same_outputs(graph, *optimized, 4);
      if (HasFailure()) return;
    }
}

TEST(FoldConstants, HalfPrecisionWeightsBecomeFloats) {
  GraphMaker maker;
  const TensorId x = maker.input(DataType::kFloat32, {1, 4});
  // 1, -2, 0.5 and 65504
  const TensorId half = maker.constant(DataType::kFloat16, {1, 4},
                                       std::vector<uint16_t>{0x3C00, 0xC000, 0x3800, 0x7BFF});
  const TensorId weights = maker.node("DEQUANTIZE", {half}, {}, {}, DataType::kFloat32);
  const TensorId y = maker.node("ADD", {x, weights}, {{"activation", "none"}});
  const Graph graph = rewritten(maker.finish({y}), fold_constants);
  EXPECT_EQ(ops_of(graph), Ops{"ADD"});
  const float* values = graph.input(graph.nodes[0], 1)->as<float>();
  EXPECT_EQ(std::vector<float>(values, values + 4), (std::vector<float>{1, -2, 0.5f, 65504}));
}

TEST(FoldConstants, WhatWritesAnOutputStays) {
  GraphMaker maker;
  const TensorId x = maker.input(DataType::kFloat32, {2});
  const TensorId constant = maker.constant(DataType::kFloat32, {2}, std::vector<float>{1, 2});
  const TensorId y = maker.node("RELU", {constant}), z = maker.node("RELU", {x});
  EXPECT_EQ(ops_of(rewritten(maker.finish({y, z}), fold_constants)), (Ops{"RELU", "RELU"}));
}

TEST(RemoveCopies, ReshapesAndQuantizePairs) {
  GraphMaker maker;
  const ir::Quantization q = quantized(0.3f, 5);
  TensorId x = maker.input(DataType::kInt8, {1, 4, 2, 3}, q);
  x = maker.reshape(maker.reshape(x, {1, 24}), {1, 2, 4, 3});
  x = maker.node("DEQUANTIZE", {x}, {}, {}, DataType::kFloat32);
  x = maker.node("QUANTIZE", {x}, {}, q, DataType::kInt8);
  x = maker.node("QUANTIZE", {x}, {}, q);
  x = maker.reshape(x, {1, 2, 4, 3});
  x = maker.node("RELU", {x}, {}, q);
  EXPECT_EQ(ops_of(rewritten(maker.finish({x}), remove_copies)), (Ops{"RESHAPE", "RELU"}));
}

TEST(RemoveCopies, AnotherScaleStays) {
  GraphMaker maker;
  TensorId x = maker.input(DataType::kInt8, {1, 8}, quantized(0.3f, 5));
  x = maker.node("QUANTIZE", {x}, {}, quantized(0.3f, 6));
  x = maker.node("DEQUANTIZE", {x}, {}, {}, DataType::kFloat32);
  x = maker.node("QUANTIZE", {x}, {}, quantized(0.4f, 6), DataType::kInt8);
  x = maker.node("RELU", {x}, {}, quantized(0.4f, 6));
  EXPECT_EQ(rewritten(maker.finish({x}), remove_copies).nodes.size(), 4u);
}

TEST(RemoveCopies, AnOutputOfTheNetworkKeepsItsNode) {
  GraphMaker maker;
  const ir::Quantization q = quantized(0.3f, 5);
  const TensorId x = maker.input(DataType::kInt8, {1, 8}, q);
  const TensorId y = maker.node("QUANTIZE", {x}, {}, q);
  EXPECT_EQ(rewritten(maker.finish({y}), remove_copies).nodes.size(), 1u);
}

TEST(FoldActivations, IntoTheLayerBefore) {
  GraphMaker maker;
  TensorId x = maker.input(DataType::kInt8, {1, 6, 6, 2}, quantized(0.2f, -10));
  x = int8_convolution(maker, x, testing::window("same"));
  x = maker.node("RELU", {x}, {}, quantized(0.1f, 3));
  x = maker.node("RELU6", {x}, {}, quantized(0.1f, 3));
  const Graph graph = rewritten(maker.finish({x}), fold_activations);
  ASSERT_EQ(ops_of(graph), Ops{"CONV_2D"});
  EXPECT_EQ(*graph.nodes[0].attributes.get_string("activation"), "relu6");
}

TEST(FoldActivations, NotAcrossAnotherScaleOrReader) {
  GraphMaker maker;
  TensorId x = maker.input(DataType::kInt8, {1, 6, 6, 2}, quantized(0.2f, -10));
  const TensorId y = int8_convolution(maker, x, testing::window("same"));
  const TensorId a = maker.node("RELU", {y}, {}, quantized(0.1f, 3));
  const TensorId b = maker.node("RELU", {a}, {}, quantized(0.05f, 3));
  EXPECT_EQ(rewritten(maker.finish({y, b}), fold_activations).nodes.size(), 3u);
}

TEST(FoldBatchNorm, IntoWeightsAndBias) {
  for (bool has_bias : {false, true}) {
    GraphMaker maker;
    TensorId x = maker.input(DataType::kFloat32, {1, 6, 6, 2});
    x = float_convolution(maker, x, testing::window("same"), has_bias);
    const auto operand = [&](std::vector<float> values) {
      return maker.constant(DataType::kFloat32, {1, 1, 1, 3}, values);
    };
    x = maker.node("MUL", {operand({2, -0.5f, 0.25f}), x}, {{"activation", "none"}});
    x = maker.node("SUB", {x, operand({1, 2, 3})}, {{"activation", "none"}});
    x = maker.node("ADD", {x, operand({-1, 0.5f, 4})}, {{"activation", "relu"}});
    const Graph graph = rewritten(maker.finish({x}), fold_batch_norm);
    ASSERT_EQ(ops_of(graph), Ops{"CONV_2D"});
    EXPECT_EQ(*graph.nodes[0].attributes.get_string("activation"), "relu");
  }
}

TEST(FoldBatchNorm, NotAfterAnActivation) {
  GraphMaker maker;
  TensorId x = maker.input(DataType::kFloat32, {1, 6, 6, 2});
  x = float_convolution(maker, x, testing::window("same", 1, "relu"));
  const TensorId operand =
      maker.constant(DataType::kFloat32, {3}, std::vector<float>{2, -0.5f, 0.25f});
  x = maker.node("MUL", {x, operand}, {{"activation", "none"}});
  EXPECT_EQ(rewritten(maker.finish({x}), fold_batch_norm).nodes.size(), 2u);
}

// PAD with these borders, then a 3x3 convolution without padding; returns the padding of that.
std::string folded_padding(std::vector<int32_t> borders, int64_t stride, DataType type) {
  GraphMaker maker;
  const ir::Quantization q = type == DataType::kInt8 ? quantized(0.2f, -10) : ir::Quantization{};
  TensorId x = maker.input(type, {1, 8, 7, 2}, q);
  std::vector<int32_t> paddings{0, 0};
  paddings.insert(paddings.end(), borders.begin(), borders.end());
  paddings.insert(paddings.end(), {0, 0});
  x = maker.node("PAD", {x, maker.constant(DataType::kInt32, {4, 2}, paddings)}, {}, q);
  x = type == DataType::kInt8 ? int8_convolution(maker, x, testing::window("valid", stride))
                              : float_convolution(maker, x, testing::window("valid", stride));
  const Graph graph = rewritten(maker.finish({x}), fold_padding);
  return *graph.nodes.back().attributes.get_string("padding");
}

TEST(FoldPadding, BecomesSameOrExplicit) {
  for (DataType type : {DataType::kInt8, DataType::kFloat32}) {
    EXPECT_EQ(folded_padding({1, 1, 1, 1}, 1, type), "same");
    EXPECT_EQ(folded_padding({0, 1, 1, 1}, 2, type), "same");
    EXPECT_EQ(folded_padding({1, 1, 1, 1}, 2, type), "explicit");
    EXPECT_EQ(folded_padding({2, 0, 1, 2}, 1, type), "explicit");
    EXPECT_EQ(folded_padding({3, 0, 1, 2}, 1, type), "valid");
  }
}

TEST(Unused, NodesAndTensorsGo) {
  GraphMaker maker;
  const TensorId x = maker.input(DataType::kFloat32, {1, 4});
  const TensorId y = maker.node("RELU", {x});
  maker.node("LOGISTIC", {y});
  const Graph graph = rewritten(maker.finish({y}), remove_unused);
  EXPECT_EQ(ops_of(graph), Ops{"RELU"});
  EXPECT_EQ(graph.tensors.size(), 2u);
}

TEST(IntegerEdges, OnlyWhenAskedFor) {
  GraphMaker maker;
  TensorId x = maker.input(DataType::kFloat32, {1, 6, 6, 2});
  x = maker.node("QUANTIZE", {x}, {}, quantized(0.2f, -10), DataType::kInt8);
  x = int8_convolution(maker, x, testing::window("same"));
  x = maker.node("DEQUANTIZE", {x}, {}, {}, DataType::kFloat32);
  const Graph graph = maker.finish({x});
  EXPECT_EQ(ops_of(*optimize(graph)), (Ops{"QUANTIZE", "CONV_2D", "DEQUANTIZE"}));
  const Graph inner = *optimize(graph, {.int8_edges = true});
  EXPECT_EQ(ops_of(inner), Ops{"CONV_2D"});
  EXPECT_EQ(inner.tensor(inner.inputs[0]).type, DataType::kInt8);
  EXPECT_EQ(inner.tensor(inner.outputs[0]).quantization, quantized(0.1f, 3));
}

}  // namespace
}  // namespace thimble::passes
