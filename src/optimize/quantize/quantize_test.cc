#include "optimize/quantize/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/half.h"
#include "base/random.h"
#include "emit/tflite_writer.h"
#include "frontend/tflite/import.h"
#include "ops/mac_layer.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/equalize.h"
#include "optimize/quantize/float16_network.h"
#include "passes/graph_maker_test_support.h"

namespace thimble::optimize {
namespace {

using ir::DataType;
using passes::testing::GraphMaker;
using passes::testing::window;
using ::testing::HasSubstr;

std::vector<float> random_values(base::Random& random, int64_t count, float limit) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = random.uniform(-limit, limit);
  return values;
}

// Convolution, depthwise convolution, pool, sum with a constant, dense layer, softmax.
class Network {
 public:
  explicit Network(uint64_t seed = 1) : random_(seed) {}

  ir::Graph make() {
    x_ = maker_.input(DataType::kFloat32, {1, 8, 8, 3});
    mac("CONV_2D", {6, 3, 3, 3}, 6, window("same", 1, "relu"));
    ir::Attributes depthwise = window("same", 1, "relu");
    depthwise.set("depth_multiplier", int64_t{1});
    mac("DEPTHWISE_CONV_2D", {1, 3, 3, 6}, 6, depthwise);
    ir::Attributes pool = window("valid", 2);
    pool.set("filter_h", int64_t{2});
    pool.set("filter_w", int64_t{2});
    x_ = maker_.node("MAX_POOL_2D", {x_}, pool);
    x_ = maker_.node("LEAKY_RELU", {x_}, {{"alpha", 0.1}});
    x_ = maker_.node("ADD", {x_, constant({6}, 1)}, {{"activation", "none"}});
    x_ = maker_.reshape(x_, {1, 96});
    mac("FULLY_CONNECTED", {5, 96}, 5,
        {{"activation", "none"},
         {"keep_num_dims", int64_t{0}},
         {"asymmetric_quantize_inputs", int64_t{0}}});
    x_ = maker_.node("SOFTMAX", {x_}, {{"beta", 1.0}});
    ir::Graph graph = maker_.finish({x_});
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      graph.nodes[i].name = fmt::format("layer_{}", i);
    return graph;
  }

 private:
  ir::TensorId constant(ir::Shape shape, float limit) {
    const std::vector<float> values = random_values(random_, ir::element_count(shape), limit);
    return maker_.constant(DataType::kFloat32, std::move(shape), values);
  }

  void mac(std::string op, ir::Shape weights, int32_t channels, const ir::Attributes& attributes) {
    x_ = maker_.node(std::move(op),
                     {x_, constant(std::move(weights), 0.5f), constant({channels}, 0.5f)},
                     attributes);
  }

  base::Random random_;
  GraphMaker maker_;
  ir::TensorId x_ = 0;
};

OpenSamples samples_of(std::vector<std::vector<float>> values) {
  return [values = std::move(values)]() -> base::Result<Samples> {
    return Samples([values, i = size_t{0}](std::vector<base::Bytes>& inputs) mutable {
      if (i == values.size()) return base::Result<bool>(false);
      inputs.assign(1, passes::testing::bytes_of(values[i++]));
      return base::Result<bool>(true);
    });
  };
}

OpenSamples random_samples(int count = 20) {
  base::Random random(7);
  std::vector<std::vector<float>> values;
  for (int i = 0; i < count; ++i) values.push_back(random_values(random, 192, 1));
  return samples_of(std::move(values));
}

Quantized quantized(const ir::Graph& graph, const QuantizeOptions& options) {
  auto result = quantize(graph, options, random_samples());
  EXPECT_TRUE(result) << result.error().to_string();
  return *result;
}

std::string error_of(const ir::Graph& graph, const OpenSamples& samples,
                     const QuantizeOptions& options = {}) {
  auto result = quantize(graph, options, samples);
  return result ? "" : result.error().to_string();
}

const ir::Node& node(const ir::Graph& graph, std::string_view op) {
  const auto found = std::ranges::find(graph.nodes, op, &ir::Node::op);
  EXPECT_NE(found, graph.nodes.end()) << op;
  return *found;
}

// TensorFlow Lite refuses others.
TEST(Quantize, EveryConvolutionHasABias) {
  GraphMaker maker;
  const ir::TensorId x = maker.input(DataType::kFloat32, {1, 8, 8, 3});
  const std::vector<float> weights(18, 0.5f);
  const ir::TensorId filter = maker.constant(DataType::kFloat32, {2, 1, 3, 3}, weights);
  const ir::Graph graph = maker.finish({maker.node("CONV_2D", {x, filter}, window("same", 1))});
  for (Scheme scheme : {Scheme::kFull, Scheme::kInt16x8, Scheme::kMixed, Scheme::kFloat16Weights}) {
    const ir::Graph result = quantized(graph, {.scheme = scheme}).graph;
    const ir::Tensor* bias = result.input(node(result, "CONV_2D"), 2);
    ASSERT_TRUE(bias);
    EXPECT_EQ(bias->elements(), 2);
  }
}

TEST(Quantize, FullFollowsTheRulesOfTheOperators) {
  const ir::Graph graph = quantized(Network().make(), {}).graph;
  EXPECT_EQ(graph.nodes.size(), 8u);
  EXPECT_EQ(graph.tensor(graph.inputs[0]).type, DataType::kInt8);

  const ir::Node& pool = node(graph, "MAX_POOL_2D");
  EXPECT_EQ(graph.input(pool, 0)->quantization, graph.output(pool).quantization);
  const ir::Node& reshape = node(graph, "RESHAPE");
  EXPECT_EQ(graph.input(reshape, 0)->quantization, graph.output(reshape).quantization);
  const ir::Tensor& probabilities = graph.tensor(graph.outputs[0]);
  EXPECT_EQ(probabilities.scale(), 1.0f / 256);
  EXPECT_EQ(probabilities.zero_point(), -128);

  const ir::Node& conv = node(graph, "CONV_2D");
  const ir::Tensor &weights = *graph.input(conv, 1), &bias = *graph.input(conv, 2);
  ASSERT_EQ(weights.quantization.scales.size(), 6u);
  ASSERT_EQ(bias.type, DataType::kInt32);
  for (size_t c = 0; c < 6; ++c)
    EXPECT_EQ(bias.quantization.scales[c],
              graph.input(conv, 0)->scale() * weights.quantization.scales[c]);
  EXPECT_EQ(graph.input(node(graph, "DEPTHWISE_CONV_2D"), 1)->quantization.axis, 3);
  EXPECT_EQ(graph.input(node(graph, "FULLY_CONNECTED"), 1)->quantization.scales.size(), 1u);
}

TEST(Quantize, NoiseIsAsSmallAsTheNumbersAllow) {
  const Noise full = quantized(Network().make(), {}).noise;
  const Noise wide = quantized(Network().make(), {.scheme = Scheme::kInt16x8}).noise;
  const Noise mixed = quantized(Network().make(), {.scheme = Scheme::kMixed}).noise;
  EXPECT_GT(decibels(*full.measured), 25);
  EXPECT_GT(*wide.measured, *full.measured);
  EXPECT_GT(*mixed.measured, *full.measured);
  // Only the weights make noise.
  EXPECT_NEAR(decibels(wide.predicted), decibels(mixed.predicted), 1);
  EXPECT_GT(full.same_class, 17u);
}

TEST(Quantize, PredictsTheNoiseOfOneLayer) {
  const Noise noise = quantized(Network().make(), {}).noise;
  const LayerNoise& first = noise.layers[0];
  const double predicted = 1 / (1 / *noise.input + 1 / *first.weights + 1 / *first.output);
  EXPECT_NEAR(decibels(*first.measured), decibels(predicted), 2);
}

TEST(Quantize, FloatEdgesAreConvertedInside) {
  const ir::Graph graph = quantized(Network().make(), {.float_edges = true}).graph;
  EXPECT_EQ(graph.tensor(graph.inputs[0]).type, DataType::kFloat32);
  EXPECT_EQ(graph.tensor(graph.outputs[0]).type, DataType::kFloat32);
  EXPECT_EQ(graph.nodes.front().op, "QUANTIZE");
  EXPECT_EQ(graph.nodes.back().op, "DEQUANTIZE");
}

TEST(Quantize, KeptLayersStayFloat) {
  const ir::Graph graph = quantized(Network().make(), {.keep_float = {"layer_1"}}).graph;
  const ir::Node& kept = node(graph, "DEPTHWISE_CONV_2D");
  EXPECT_EQ(graph.input(kept, 1)->type, DataType::kFloat32);
  EXPECT_EQ(graph.output(kept).type, DataType::kFloat32);
  EXPECT_EQ(graph.output(node(graph, "CONV_2D")).type, DataType::kInt8);
  EXPECT_THAT(error_of(Network().make(), random_samples(), {.keep_float = {"layer_x"}}),
              HasSubstr("no layer layer_x"));
}

TEST(Quantize, MixedDecodesItsWeights) {
  const ir::Graph graph = Network().make();
  const ir::Graph mixed = quantized(graph, {.scheme = Scheme::kMixed}).graph;
  EXPECT_EQ(mixed.nodes.size(), graph.nodes.size());
  ir::Graph decoded = mixed;
  for (ir::Node& layer : decoded.nodes) {
    if (!ops::find_op(layer.op)->quantize.weights) continue;
    EXPECT_EQ(decoded.input(layer, 1)->type, DataType::kInt8);
    ir::Tensor weights = *decoded.input(layer, 1);
    weights.data = float_data(ops::dequantized_values(weights));
    weights.type = DataType::kFloat32;
    weights.quantization = {};
    layer.inputs[1] = decoded.add_tensor(weights);
    layer.attributes.set(std::string(ops::kDecodeWeights), int64_t{0});
  }
  passes::testing::expect_same_outputs(decoded, mixed, 5);
}

TEST(Quantize, WhatIsWrittenIsReadAgain) {
  for (Scheme scheme : {Scheme::kFull, Scheme::kInt16x8, Scheme::kMixed}) {
    SCOPED_TRACE(static_cast<int>(scheme));
    const ir::Graph graph = quantized(Network().make(), {.scheme = scheme}).graph;
    auto file = emit::write_tflite(graph);
    ASSERT_TRUE(file) << file.error().to_string();
    auto again = frontend::import_tflite(*file, graph.name);
    ASSERT_TRUE(again) << again.error().to_string();
    ASSERT_EQ(graph.tensors.size(), again->tensors.size());
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      EXPECT_EQ(graph.tensors[i].type, again->tensors[i].type);
      EXPECT_EQ(graph.tensors[i].quantization, again->tensors[i].quantization);
      EXPECT_EQ(graph.tensors[i].is_constant(), again->tensors[i].is_constant());
      if (graph.tensors[i].is_constant()) {
        EXPECT_EQ(*graph.tensors[i].data, *again->tensors[i].data);
      }
    }
    ASSERT_EQ(graph.nodes.size(), again->nodes.size());
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      EXPECT_EQ(graph.nodes[i].attributes.get_int(ops::kDecodeWeights).value_or(0),
                again->nodes[i].attributes.get_int(ops::kDecodeWeights).value_or(0));
    passes::testing::expect_same_outputs(graph, *again, 3);
  }
}

int32_t largest_weight(const ir::Graph& graph, std::string_view op) {
  const ir::Tensor& weights = *graph.input(node(graph, op), 1);
  int32_t largest = 0;
  for (int64_t i = 0; i < weights.elements(); ++i)
    largest = std::max(largest, std::abs(int32_t{weights.as<int8_t>()[i]}));
  return largest;
}

TEST(Quantize, FourBitsGoToTheLayersThatAreNamed) {
  const ir::Graph graph = Network().make();
  const std::string dense = node(graph, "FULLY_CONNECTED").name;
  const Quantized result =
      quantized(graph, {.int4 = {.which = Int4Options::Which::kNamed, .layers = {dense}}});
  EXPECT_EQ(largest_weight(result.graph, "FULLY_CONNECTED"), 7);
  EXPECT_EQ(largest_weight(result.graph, "CONV_2D"), 127);
  EXPECT_EQ(result.int4_weights, (std::vector{node(result.graph, "FULLY_CONNECTED").inputs[1]}));
  EXPECT_TRUE(
      result.graph.input(node(result.graph, "FULLY_CONNECTED"), 1)->quantization.per_channel());
  const auto depthwise =
      quantized(graph, {.int4 = {.which = Int4Options::Which::kNamed,
                                 .layers = {node(graph, "DEPTHWISE_CONV_2D").name}}});
  EXPECT_EQ(largest_weight(depthwise.graph, "DEPTHWISE_CONV_2D"), 7);
  EXPECT_THAT(error_of(graph, random_samples(),
                       {.int4 = {.which = Int4Options::Which::kNamed,
                                 .layers = {node(graph, "MAX_POOL_2D").name}}}),
              HasSubstr("cannot have weights of four bits"));
  const auto all = quantized(graph, {.int4 = {.which = Int4Options::Which::kAll}});
  EXPECT_EQ(all.int4_weights.size(), 2);
  EXPECT_EQ(largest_weight(all.graph, "DEPTHWISE_CONV_2D"), 127);
}

TEST(Quantize, FourBitsStayWithinTheBound) {
  const ir::Graph graph = Network().make();
  const double all =
      quantized(graph, {.int4 = {.which = Int4Options::Which::kAll}}).noise.predicted;
  const double none = quantized(graph, {}).noise.predicted;
  for (double bound : {decibels(all) - 0.1, decibels(all) + 0.1, decibels(none) - 0.01}) {
    const auto result =
        quantized(graph, {.int4 = {.which = Int4Options::Which::kAuto, .least_sqnr_db = bound}});
    EXPECT_GE(decibels(result.noise.predicted), bound - 0.05);
    EXPECT_EQ(result.int4_weights.size() == 2, bound < decibels(all));
  }
}

TEST(Quantize, Float16WeightsAreRoundedOnly) {
  const ir::Graph graph = Network().make();
  const Quantized result = quantized(graph, {.scheme = Scheme::kFloat16Weights});
  EXPECT_GT(decibels(*result.noise.measured), 60);
  auto file = emit::write_tflite(result.graph);
  ASSERT_TRUE(file) << file.error().to_string();
  auto again = frontend::import_tflite(*file, "again");
  ASSERT_TRUE(again) << again.error().to_string();
  const ir::Tensor &before = *graph.input(graph.nodes[0], 1),
                   &after = *again->input(again->nodes[0], 1);
  for (int64_t i = 0; i < before.elements(); ++i)
    EXPECT_NEAR(after.as<float>()[i], before.as<float>()[i], 0x1p-11f * 0.5f);
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(base::half_of(0), 0);
  EXPECT_EQ(base::half_of(1), 0x3C00);
  EXPECT_EQ(base::half_of(-2), 0xC000);
  EXPECT_EQ(base::half_of(65504), 0x7BFF);
  EXPECT_EQ(base::half_of(1 + 0x1p-11f), 0x3C00);  // a tie
  EXPECT_EQ(base::half_of(1 + 0x3p-11f), 0x3C02);  // the next
  EXPECT_EQ(base::half_of(1 + 0x1p-11f + 0x1p-20f), 0x3C01);
  EXPECT_EQ(base::half_of(0x1p-24f), 1);                  // the smallest
  EXPECT_EQ(base::half_of(0x1p-14f - 0x1p-26f), 0x0400);  // rounds up to the first normal number
}

// What lies in [0, 1) has a scale of its own and cannot take that of the others.
TEST(Quantize, ConcatenationWithAFixedScaleIsConverted) {
  GraphMaker maker;
  const ir::TensorId x = maker.input(DataType::kFloat32, {1, 192});
  const ir::TensorId unit = maker.node("LOGISTIC", {x});
  const ir::TensorId wide = maker.node("ADD", {x, x}, {{"activation", "none"}});
  const ir::TensorId both =
      maker.node("CONCATENATION", {unit, wide}, {{"axis", int64_t{1}}, {"activation", "none"}});
  const Quantized result = quantized(maker.finish({both}), {});
  const ir::Node& concatenation = node(result.graph, "CONCATENATION");
  EXPECT_NE(result.graph.tensor(concatenation.inputs[0]).scale(), 1.0f / 256);
  EXPECT_EQ(node(result.graph, "QUANTIZE").outputs[0], concatenation.inputs[0]);
  EXPECT_GT(decibels(*result.noise.measured), 30);
}

TEST(Quantize, RefusesUselessSamples) {
  const ir::Graph graph = Network().make();
  EXPECT_THAT(error_of(graph, samples_of({})), HasSubstr("no samples"));
  EXPECT_THAT(error_of(graph, samples_of({std::vector<float>(192, 0.5f)})),
              HasSubstr("nothing but the value 0.5"));
  EXPECT_THAT(error_of(graph, samples_of({std::vector<float>(191, 0.5f)})),
              HasSubstr("expected 768"));
  EXPECT_THAT(error_of(graph, samples_of({std::vector<float>(192, std::nanf(""))})),
              HasSubstr("no numbers"));
  EXPECT_THAT(error_of(graph, {}), HasSubstr("calibration data"));
}

TEST(Quantize, RefusesWeightsThatAreNoNumbers) {
  ir::Graph graph = Network().make();
  ir::Tensor& weights = graph.tensor(graph.nodes[0].inputs[1]);
  std::vector<float> values(float_values(weights).begin(), float_values(weights).end());
  values[3] = std::nanf("");
  weights.data = float_data(values);
  EXPECT_THAT(error_of(graph, random_samples()), HasSubstr("nan at element 3"));
}

TEST(Quantize, RefusesIntegerNetworks) {
  const ir::Graph integer = quantized(Network().make(), {}).graph;
  EXPECT_THAT(error_of(integer, random_samples()), HasSubstr("already quantized"));
}

TEST(Quantize, LargeBiasesWidenTheScale) {
  ir::Graph graph = Network().make();
  ir::Tensor& bias = graph.tensor(graph.nodes[0].inputs[2]);
  std::vector<float> values(float_values(bias).begin(), float_values(bias).end());
  values[2] = 1e7f;
  bias.data = float_data(values);
  const Quantized result = quantized(graph, {});
  const ir::Node& conv = node(result.graph, "CONV_2D");
  const ir::Tensor& integers = *result.graph.input(conv, 2);
  const float real =
      integers.quantization.scales[2] * static_cast<float>(integers.as<int32_t>()[2]);
  EXPECT_NEAR(real, 1e7f, 100);
}

TEST(Equalize, KeepsWhatTheNetworkComputes) {
  const ir::Graph graph = Network(3).make();
  auto equal = equalize(graph);
  ASSERT_TRUE(equal);
  passes::testing::expect_same_outputs(graph, *equal, 5);
}

TEST(Equalize, HelpsASmallChannel) {
  ir::Graph graph = Network(5).make();
  // One channel of the first layer is tiny, and the depthwise layer enlarges it again.
  auto scale = [&](ir::TensorId id, size_t step, float factor) {
    ir::Tensor& tensor = graph.tensor(id);
    std::vector<float> values(float_values(tensor).begin(), float_values(tensor).end());
    const size_t run = step == 1 ? values.size() / 6 : 1;
    for (size_t i = 0; i < values.size(); ++i)
      if (i / run % 6 == 0) values[i] *= factor;
    tensor.data = float_data(values);
  };
  scale(graph.nodes[0].inputs[1], 1, 1e-3f);
  scale(graph.nodes[0].inputs[2], 1, 1e-3f);
  scale(graph.nodes[1].inputs[1], 6, 1e3f);
  const Noise plain = quantized(graph, {}).noise;
  const Noise equalized = quantized(graph, {.equalize = true}).noise;
  EXPECT_GT(decibels(*equalized.measured), decibels(*plain.measured) + 3);
}

TEST(BiasCorrection, RestoresTheMeans) {
  const ir::Graph graph = Network(2).make();
  auto shift_of = [&](bool correct) {
    const Quantized result = quantized(graph, {.scheme = Scheme::kMixed, .correct_bias = correct});
    auto before = exec::Executor::create(graph), after = exec::Executor::create(result.graph);
    std::vector<double> shift(6);
    auto next = random_samples()();
    for (std::vector<base::Bytes> inputs; *(*next)(inputs);) {
      auto sum = [&](double sign) {
        return [&shift, sign](size_t node, std::span<const base::Bytes> outputs) {
          if (node != 0) return;
          const auto* values = reinterpret_cast<const float*>(outputs[0].data());
          for (size_t i = 0; i < outputs[0].size() / sizeof(float); ++i)
            shift[i % 6] += sign * double{values[i]};
        };
      };
      EXPECT_TRUE(before->run(inputs, sum(-1)));
      EXPECT_TRUE(after->run(inputs, sum(1)));
    }
    double total = 0;
    for (double value : shift) total += std::abs(value);
    return total;
  };
  EXPECT_LT(shift_of(true), shift_of(false));
}

}  // namespace
}  // namespace thimble::optimize
