// Kernels whose assembly the host cannot run: random layers as firmware on the simulated processor,
// compared with the host. (The same kernels in plain C++ are compared by test_kernels, far wider.)
#include <gtest/gtest.h>

#include "exec/executor.h"
#include "kernels/mac_test_support.h"
#include "measure/bench.h"
#include "tests/support/sanitizer.h"

namespace thimble {
namespace {

using namespace thimble::kernels::testing;

// Every way of a network's layers, on a core with DSP instructions and a floating-point unit.
void expect_same_on_target(const ir::Graph& graph, uint64_t seed) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  auto board = board::load_board("cortex-m4-0ws");
  ASSERT_TRUE(board) << board.error().to_string();
  auto core = board::load_core(board->core);
  ASSERT_TRUE(core) << core.error().to_string();
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::random_input(graph.tensor(id), seed));
  const ir::Node& node = graph.nodes.front();
  auto lowerings = ops::find_op(node.op)->lower(graph, node, {.dsp = true, .fpu = true});
  ASSERT_TRUE(lowerings) << lowerings.error().to_string();
  for (const ops::Lowering& way : lowerings->ways) {
    if (way.variant == "reference") continue;
    SCOPED_TRACE(fmt::format("{} {}: {}", node.op, way.variant,
                             ir::shape_text(graph.input(node, 0)->shape)));
    measure::BenchOptions options;
    options.passes = false;
    options.choices.layers = {{.variant = way.variant}};
    auto m = measure::bench(graph, *board, *core, inputs, options);
    ASSERT_TRUE(m) << m.error().to_string();
    EXPECT_TRUE(m->check.match) << m->check.first_difference;
  }
}

int32_t size(base::Random& random, int64_t low, int64_t high) {
  return static_cast<int32_t>(random.integer(low, high));
}

TEST(KernelsOnTarget, ElementWise) {
  constexpr const char* kOps[] = {"ADD", "SUB", "MUL"};
  constexpr const char* kActivations[] = {"none", "relu6"};
  base::Random random(1);
  for (int i = 0; i < 12; ++i) {
    const ir::DataType type = i % 4 == 3 ? ir::DataType::kFloat32 : ir::DataType::kInt8;
    const ir::Shape shape = {size(random, 1, 3), size(random, 1, 70)};
    GraphBuilder builder;
    // Equal scales put results on halves, which are rounded in a way of their own.
    ir::Quantization a = random_quantization(random, type), b = random_quantization(random, type);
    if (i % 6 == 0 && !a.scales.empty()) b.scales = a.scales;
    ir::Quantization output = a;
    if (!output.scales.empty()) output.scales[0] *= 2;
    const ir::TensorId inputs[] = {builder.input(type, shape, a), builder.input(type, shape, b)};
    builder.node(kOps[i % 3], {inputs[0], inputs[1]}, {{"activation", kActivations[i / 6]}}, type,
                 output);
    expect_same_on_target(builder.graph(), random.next());
  }
}

TEST(KernelsOnTarget, Pools) {
  constexpr const char* kOps[] = {"AVERAGE_POOL_2D", "MAX_POOL_2D"};
  base::Random random(2);
  for (int i = 0; i < 12; ++i) {
    const ir::DataType type = i % 4 == 3 ? ir::DataType::kFloat32 : ir::DataType::kInt8;
    const ir::Quantization quantization = random_quantization(random, type);
    GraphBuilder builder;
    const ir::TensorId input = builder.input(
        type, {1, size(random, 4, 9), size(random, 4, 9), size(random, 1, 21)}, quantization);
    const bool small = i % 3 == 0;  // whole windows of two by two
    builder.node(kOps[i % 2], {input},
                 {{"padding", small ? "valid" : "same"},
                  {"filter_h", small ? 2 : random.integer(1, 4)},
                  {"filter_w", small ? 2 : random.integer(1, 4)},
                  {"stride_h", random.integer(1, 3)},
                  {"stride_w", random.integer(1, 3)},
                  {"activation", i % 4 ? "none" : "relu6"}},
                 type, quantization);
    expect_same_on_target(builder.graph(), random.next());
  }
}

TEST(KernelsOnTarget, Means) {
  base::Random random(3);
  for (int i = 0; i < 3; ++i) {
    GraphBuilder builder;
    const ir::TensorId input =
        builder.input(ir::DataType::kInt8, {1, 5, size(random, 1, 7), size(random, 8, 21)},
                      random_quantization(random, ir::DataType::kInt8));
    const ir::TensorId axes =
        builder.constant(ir::DataType::kInt32, {2}, std::vector<int32_t>{1, 2});
    builder.node("MEAN", {input, axes}, {{"keep_dims", 0}}, ir::DataType::kInt8,
                 random_quantization(random, ir::DataType::kInt8));
    expect_same_on_target(builder.graph(), random.next());
  }
}

TEST(KernelsOnTarget, FullyConnected) {
  base::Random random(4);
  for (int i = 0; i < 20; ++i) {
    const Mode mode = i % 4 == 3 ? Mode::kF32 : Mode::kS8;
    GraphBuilder builder;
    RandomMacLayer layer(builder, random, mode,
                         i % 5 == 0 ? Values::kSaturating : Values::kTypical);
    const ir::Shape in = {size(random, 1, 2),
                          i % 2 ? 4 * size(random, 1, 30) : size(random, 1, 99)};
    const ir::TensorId input = builder.input(activation_type(mode), in, layer.input_quantization());
    const ir::TensorId weights = layer.weights({size(random, 1, 27), in[1]}, 0, in[1]);
    builder.node("FULLY_CONNECTED", {input, weights, layer.bias()},
                 {{"keep_num_dims", 0}, {"activation", layer.activation()}}, activation_type(mode),
                 layer.output_quantization());
    expect_same_on_target(builder.graph(), random.next());
  }
}

TEST(KernelsOnTarget, FloatConvolutions) {
  base::Random random(5);
  for (int i = 0; i < 12; ++i) {
    const bool depthwise = i % 2 == 1;
    GraphBuilder builder;
    RandomMacLayer layer(builder, random, Mode::kF32, Values::kTypical);
    const int32_t channels = depthwise ? 8 * size(random, 1, 2) : size(random, 1, 9);
    const int32_t filters = depthwise ? channels : size(random, 1, 9);
    const int32_t filter_h = size(random, 1, 3), filter_w = size(random, 1, 3);
    const ir::TensorId input = builder.input(ir::DataType::kFloat32,
                                             {1, size(random, 3, 9), size(random, 3, 9), channels});
    const ir::TensorId weights =
        depthwise ? layer.weights({1, filter_h, filter_w, channels}, 3, filter_h * filter_w)
                  : layer.weights({filters, filter_h, filter_w, channels}, 0,
                                  filter_h * filter_w * channels);
    ir::Attributes attributes = {{"padding", random.integer(0, 1) ? "same" : "valid"},
                                 {"stride_h", random.integer(1, 2)},
                                 {"stride_w", random.integer(1, 2)},
                                 {"dilation_h", 1},
                                 {"dilation_w", 1},
                                 {"activation", layer.activation()}};
    if (depthwise) attributes.set("depth_multiplier", int64_t{1});
    builder.node(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {input, weights, layer.bias()},
                 attributes, ir::DataType::kFloat32);
    expect_same_on_target(builder.graph(), random.next());
  }
}

// Both ends of the ranges, sizes that leave tiles half outside, several chunks of input channels,
// rows beyond what an offset of five rows can reach, channels that are no multiple of four.
TEST(KernelsOnTarget, ThreeByThreeConvolutions) {
  struct Layer {
    int32_t h, w, in_c, out_c;
    Values values;
  };
  constexpr Layer kLayers[] = {
      {8, 16, 16, 4, Values::kTypical},  {9, 13, 20, 6, Values::kSaturating},
      {5, 7, 39, 9, Values::kTypical},   {8, 24, 72, 4, Values::kSaturating},
      {12, 12, 33, 3, Values::kTypical}, {5, 30, 40, 8, Values::kTypical},
  };
  base::Random random(6);
  for (const Layer& shape : kLayers) {
    GraphBuilder builder;
    RandomMacLayer layer(builder, random, Mode::kS8, shape.values);
    const ir::TensorId input = builder.input(ir::DataType::kInt8, {1, shape.h, shape.w, shape.in_c},
                                             layer.input_quantization());
    const ir::TensorId weights = layer.weights({shape.out_c, 3, 3, shape.in_c}, 0, 9 * shape.in_c);
    builder.node("CONV_2D", {input, weights, layer.bias()},
                 {{"padding", shape.w == 13 ? "valid" : "same"},
                  {"stride_h", 1},
                  {"stride_w", 1},
                  {"dilation_h", 1},
                  {"dilation_w", 1},
                  {"activation", layer.activation()}},
                 ir::DataType::kInt8, layer.output_quantization());
    expect_same_on_target(builder.graph(), random.next());
  }
}

}  // namespace
}  // namespace thimble
