// Convolutions that have taken over an uneven PAD: the kernels see borders that neither "same" nor
// "valid" gives.
#include <gtest/gtest.h>

#include "base/random.h"
#include "exec/executor.h"
#include "measure/bench.h"
#include "passes/graph_maker_test_support.h"
#include "passes/pipeline.h"
#include "tests/support/sanitizer.h"

namespace thimble {
namespace {

using ir::DataType;
using passes::testing::GraphMaker;
using passes::testing::quantized;

struct Layer {
  std::string op;
  int32_t channels, filters, kernel;
  int64_t stride;
  std::vector<int32_t> borders;  // above, below, left, right
};

ir::Graph padded_layer(const Layer& layer, DataType type) {
  base::Random random(7);
  GraphMaker maker;
  const bool is_int8 = type == DataType::kInt8;
  const ir::Quantization activations = is_int8 ? quantized(0.1f, -7) : ir::Quantization{};
  ir::TensorId x = maker.input(type, {1, 9, 8, layer.channels}, activations);
  std::vector<int32_t> paddings{0, 0};
  paddings.insert(paddings.end(), layer.borders.begin(), layer.borders.end());
  paddings.insert(paddings.end(), {0, 0});
  x = maker.node("PAD", {x, maker.constant(DataType::kInt32, {4, 2}, paddings)}, {}, activations);

  const bool is_depthwise = layer.op == "DEPTHWISE_CONV_2D";
  const ir::Shape shape{is_depthwise ? 1 : layer.filters, layer.kernel, layer.kernel,
                        layer.channels};
  std::vector<float> floats;
  std::vector<int8_t> integers;
  for (int64_t i = 0; i < ir::element_count(shape); ++i) {
    integers.push_back(static_cast<int8_t>(random.integer(-127, 127)));
    floats.push_back(random.uniform(-1, 1));
  }
  const ir::TensorId weights = is_int8 ? maker.constant(type, shape, integers, quantized(0.01f))
                                       : maker.constant(type, shape, floats);
  ir::Attributes attributes = passes::testing::window("valid", layer.stride);
  if (is_depthwise) attributes.set("depth_multiplier", int64_t{1});
  x = maker.node(layer.op, {x, weights}, attributes, is_int8 ? quantized(0.2f, 5) : activations);
  return maker.finish({x});
}

TEST(ExplicitPadding, KernelsAgreeWithTheHost) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  const auto board = board::load_board("cortex-m4-0ws");
  const auto core = board::load_core(board->core);
  ASSERT_TRUE(board && core);
  const Layer layers[] = {
      {"CONV_2D", 3, 8, 3, 2, {1, 1, 1, 1}},
      {"CONV_2D", 16, 8, 3, 1, {2, 0, 0, 1}},
      {"CONV_2D", 4, 4, 5, 1, {4, 1, 0, 3}},
      {"CONV_2D", 1, 6, 4, 2, {1, 2, 3, 0}},
      {"DEPTHWISE_CONV_2D", 8, 8, 3, 2, {1, 1, 1, 1}},
      {"DEPTHWISE_CONV_2D", 8, 8, 3, 1, {2, 0, 0, 2}},
      {"DEPTHWISE_CONV_2D", 5, 5, 3, 1, {0, 2, 1, 0}},
  };
  for (const Layer& layer : layers)
    for (DataType type : {DataType::kInt8, DataType::kFloat32}) {
      SCOPED_TRACE(
          fmt::format("{} {} {}x{}", layer.op, ir::type_name(type), layer.channels, layer.kernel));
      const ir::Graph graph = padded_layer(layer, type);
      const auto optimized = passes::optimize(graph);
      ASSERT_TRUE(optimized);
      ASSERT_EQ(*optimized->nodes[0].attributes.get_string("padding"), "explicit");
      const std::vector<base::Bytes> input{exec::random_input(graph.tensor(graph.inputs[0]), 3)};
      const auto m = measure::bench(graph, *board, *core, input, {});
      ASSERT_TRUE(m) << m.error().to_string();
      EXPECT_TRUE(m->check.match) << m->check.first_difference;
    }
}

}  // namespace
}  // namespace thimble
