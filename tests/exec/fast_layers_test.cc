// The fast layers of the executor against the reference execution, bit by bit: random layers, our
// one-operator networks and all shared models, with the vector instructions of this processor and
// without.
#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "passes/graph_maker_test_support.h"
#include "tests/golden/models.h"
#include "tests/support/op_models.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

using exec::Executor;
using exec::Speed;
using passes::testing::GraphMaker;

void expect_same_bits(const ir::Graph& graph, uint64_t runs) {
  auto reference = Executor::create(graph, Speed::kReference);
  ASSERT_TRUE(reference) << reference.error().to_string();
  for (Speed speed : {Speed::kFast, Speed::kPortable}) {
    auto fast = Executor::create(graph, speed);
    ASSERT_TRUE(fast) << fast.error().to_string();
    reference->reset_state();
    for (uint64_t run = 0; run < runs; ++run) {
      std::vector<base::Bytes> inputs;
      for (ir::TensorId id : graph.inputs)
        inputs.push_back(exec::random_input(graph.tensor(id), run));
      const auto expected = reference->run(inputs), actual = fast->run(inputs);
      ASSERT_TRUE(expected && actual);
      ASSERT_EQ(*expected, *actual)
          << (speed == Speed::kFast ? "fast" : "portable") << ", run " << run << "\n"
          << ir::print(graph);
    }
  }
}

// One layer of random kind, size, arithmetic and values.
class RandomLayer {
 public:
  explicit RandomLayer(uint64_t seed) : random_(seed) {}

  ir::Graph make() {
    const int32_t operators = draw(0, 2);
    arithmetic_ = static_cast<Arithmetic>(draw(0, 4));
    if (operators == 0) return fully_connected();
    return convolution(operators == 1);
  }

 private:
  enum class Arithmetic { kInt8, kFloat, kHybrid, kInt16, kInt16Narrow };

  bool is_float() const {
    return arithmetic_ == Arithmetic::kFloat || arithmetic_ == Arithmetic::kHybrid;
  }
  bool is_wide() const {
    return arithmetic_ == Arithmetic::kInt16 || arithmetic_ == Arithmetic::kInt16Narrow;
  }

  int32_t draw(int32_t low, int32_t high) {
    return static_cast<int32_t>(random_.integer(low, high));
  }
  bool coin() { return draw(0, 1) == 1; }

  ir::TensorId input(ir::Shape shape) {
    if (is_float()) return maker_.input(ir::DataType::kFloat32, std::move(shape));
    if (is_wide())
      return maker_.input(ir::DataType::kInt16, std::move(shape),
                          passes::testing::quantized(0.0005f));
    return maker_.input(ir::DataType::kInt8, std::move(shape),
                        passes::testing::quantized(0.05f, draw(-128, 127)));
  }

  ir::TensorId weights(ir::Shape shape, int32_t channel_axis) {
    const auto count = static_cast<size_t>(ir::element_count(shape));
    if (arithmetic_ == Arithmetic::kFloat) {
      std::vector<float> values(count);
      for (float& value : values) value = random_.uniform(-1, 1);
      return maker_.constant(ir::DataType::kFloat32, std::move(shape), values);
    }
    std::vector<int8_t> values(count);
    for (int8_t& value : values) value = static_cast<int8_t>(draw(-128, 127));
    ir::Quantization quantization{.scales = {}, .zero_points = {}, .axis = channel_axis};
    const bool per_channel = shape.size() == 4 && coin();
    const int32_t scales = per_channel ? shape[static_cast<size_t>(channel_axis)] : 1;
    for (int32_t i = 0; i < scales; ++i) {
      // Some so large that the rescale factor exceeds 1.
      const bool is_large = !is_wide() && draw(0, 9) == 0;
      quantization.scales.push_back(random_.uniform(0.0001f, is_large ? 80.0f : 0.05f));
      quantization.zero_points.push_back(0);
    }
    if (shape.size() == 2 && arithmetic_ == Arithmetic::kInt8 && coin())
      quantization.zero_points[0] = draw(-128, 127);
    return maker_.constant(ir::DataType::kInt8, std::move(shape), values, quantization);
  }

  ir::TensorId bias(int32_t channels) {
    if (draw(0, 3) == 0) return ir::kNoTensor;
    if (is_float()) {
      std::vector<float> values(static_cast<size_t>(channels));
      for (float& value : values) value = random_.uniform(-2, 2);
      return maker_.constant(ir::DataType::kFloat32, {channels}, values);
    }
    if (arithmetic_ == Arithmetic::kInt16) {
      std::vector<int64_t> values(static_cast<size_t>(channels));
      for (int64_t& value : values) value = random_.integer(-(int64_t{1} << 40), int64_t{1} << 40);
      return maker_.constant(ir::DataType::kInt64, {channels}, values);
    }
    std::vector<int32_t> values(static_cast<size_t>(channels));
    const int32_t largest = draw(0, 4) == 0 ? std::numeric_limits<int32_t>::max() : 20000;
    for (int32_t& value : values) value = draw(-largest, largest);
    return maker_.constant(ir::DataType::kInt32, {channels}, values);
  }

  ir::Graph finish(std::string op, std::vector<ir::TensorId> inputs, ir::Attributes attributes) {
    const char* activations[] = {"none", "relu", "relu6", "relu_n1_to_1"};
    attributes.set("activation", std::string(activations[draw(0, 3)]));
    ir::Quantization quantization;
    if (is_wide()) quantization = passes::testing::quantized(random_.uniform(0.0002f, 0.01f));
    if (arithmetic_ == Arithmetic::kInt8)
      quantization = passes::testing::quantized(random_.uniform(0.02f, 1), draw(-128, 127));
    return maker_.finish({maker_.node(std::move(op), std::move(inputs), std::move(attributes),
                                      std::move(quantization))});
  }

  ir::Graph fully_connected() {
    const int32_t rows = draw(1, 11), in = draw(1, 70), out = draw(1, 40);
    const ir::TensorId x = input({rows, in});
    const ir::TensorId w = weights({out, in}, 0);
    return finish(
        "FULLY_CONNECTED", {x, w, bias(out)},
        {{"keep_num_dims", int64_t{0}}, {"asymmetric_quantize_inputs", int64_t{coin() ? 1 : 0}}});
  }

  ir::Graph convolution(bool depthwise) {
    const int32_t filter_h = draw(1, 5), filter_w = draw(1, 5);
    const int32_t dilation_h = draw(1, 2), dilation_w = draw(1, 2);
    const int32_t in_h = dilation_h * (filter_h - 1) + draw(1, 9);
    const int32_t in_w = dilation_w * (filter_w - 1) + draw(1, 9);
    const int32_t in_c = draw(1, depthwise ? 33 : 19), multiplier = draw(0, 3) == 0 ? 2 : 1;
    const int32_t out_c = depthwise ? in_c * multiplier : draw(1, 33);
    const ir::TensorId x = input({draw(1, 2), in_h, in_w, in_c});
    const ir::TensorId w = depthwise ? weights({1, filter_h, filter_w, out_c}, 3)
                                     : weights({out_c, filter_h, filter_w, in_c}, 0);
    ir::Attributes attributes = {{"stride_h", int64_t{draw(1, 3)}},
                                 {"stride_w", int64_t{draw(1, 3)}},
                                 {"dilation_h", int64_t{dilation_h}},
                                 {"dilation_w", int64_t{dilation_w}}};
    const int32_t padding = draw(0, 2);
    attributes.set("padding", std::string(padding == 0   ? "same"
                                          : padding == 1 ? "valid"
                                                         : "explicit"));
    if (padding == 2)
      attributes.set("pads", std::vector<int64_t>{draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3)});
    if (depthwise) attributes.set("depth_multiplier", int64_t{multiplier});
    return finish(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {x, w, bias(out_c)}, attributes);
  }

  base::Random random_;
  GraphMaker maker_;
  Arithmetic arithmetic_ = Arithmetic::kInt8;
};

TEST(FastLayers, GiveTheBitsOfTheReferenceOnRandomLayers) {
  const uint64_t layers = testing::kSanitized ? 300 : 3000;
  size_t fast = 0;
  for (uint64_t seed = 0; seed < layers && !::testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE(seed);
    const ir::Graph graph = RandomLayer(seed).make();
    fast += exec::fast::make_layer(graph, graph.nodes[0], exec::fast::kernels()) != nullptr;
    expect_same_bits(graph, 1);
  }
  EXPECT_GT(fast, layers * 9 / 10);
}

TEST(FastLayers, AreTheSameOnOneOperatorNetworks) {
  for (const testing::OpModel& model : testing::op_models()) {
    SCOPED_TRACE(model.name);
    auto graph = frontend::import_tflite(model.file, model.name);
    ASSERT_TRUE(graph) << graph.error().to_string();
    expect_same_bits(*graph, 3);
  }
}

TEST(FastLayers, AreTheSameOnSharedModels) {
  THIMBLE_NEED_SHARED(shared);
  if (testing::kSanitized) GTEST_SKIP() << "too slow under a sanitizer";
  for (const testing::GoldenModelRow& row : testing::golden_models()) {
    SCOPED_TRACE(row.model);
    auto graph = frontend::import_file(shared / "models" / row.model);
    ASSERT_TRUE(graph) << graph.error().to_string();
    expect_same_bits(*graph, 3);
  }
}

TEST(FastLayers, LeaveHugeBordersToTheReference) {
  GraphMaker maker;
  const ir::TensorId x = maker.input(ir::DataType::kFloat32, {1, 2, 2, 1});
  const ir::TensorId w = maker.constant<float>(ir::DataType::kFloat32, {1, 2, 2, 1}, {1, 1, 1, 1});
  ir::Attributes attributes = passes::testing::window("same");
  attributes.set("dilation_h", int64_t{60000});
  const ir::TensorId y = maker.node("CONV_2D", {x, w}, attributes);
  const ir::Graph graph = maker.finish({y});
  EXPECT_EQ(exec::fast::make_layer(graph, graph.nodes[0], exec::fast::kernels()), nullptr);
  expect_same_bits(graph, 1);
}

TEST(FastLayers, WeightsThatAreNoNumbersStayAsTheyAre) {
  GraphMaker maker;
  const ir::TensorId x = maker.input(ir::DataType::kFloat32, {1, 3, 3, 1});
  std::vector<float> values(9, 1);
  values[0] = std::numeric_limits<float>::infinity();
  const ir::TensorId w = maker.constant<float>(ir::DataType::kFloat32, {1, 3, 3, 1}, values);
  const ir::TensorId y = maker.node("CONV_2D", {x, w}, passes::testing::window("same"));
  expect_same_bits(maker.finish({y}), 1);
}

}  // namespace
}  // namespace thimble
