// Small random int8 layers with the numbers that test_kernels uses: extremes of weights, biases and
// factors included.
#pragma once

#include "kernels/mac_test_support.h"

namespace thimble::testing {

// A convolution, a depthwise one or a fully connected layer.
inline ir::Graph random_int8_layer(base::Random& random, kernels::testing::Values values) {
  using kernels::testing::Mode;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  kernels::testing::GraphBuilder builder;
  kernels::testing::RandomMacLayer layer(builder, random, Mode::kS8, values);
  const int64_t kind = random.integer(0, 2);
  if (kind == 0) {
    const ir::Shape in = {size(1, 2), size(1, 70)};
    const ir::TensorId input = builder.input(ir::DataType::kInt8, in, layer.input_quantization());
    const ir::TensorId weights = layer.weights({size(1, 11), in[1]}, 0, in[1]);
    builder.node("FULLY_CONNECTED", {input, weights, layer.bias()},
                 {{"keep_num_dims", 0}, {"activation", layer.activation()}}, ir::DataType::kInt8,
                 layer.output_quantization());
    return builder.graph();
  }
  const bool is_depthwise = kind == 1;
  const ir::Shape in = {1, size(3, 9), size(3, 9), size(1, 9)};
  const int32_t filter_h = random.integer(0, 1) ? 3 : size(1, 3);
  const int32_t filter_w = random.integer(0, 1) ? 3 : size(1, 3);
  const ir::TensorId input = builder.input(ir::DataType::kInt8, in, layer.input_quantization());
  const ir::Shape shape = is_depthwise ? ir::Shape{1, filter_h, filter_w, in[3]}
                                       : ir::Shape{size(1, 9), filter_h, filter_w, in[3]};
  const ir::TensorId weights =
      layer.weights(shape, is_depthwise ? 3 : 0, filter_h * filter_w * (is_depthwise ? 1 : in[3]));
  ir::Attributes attributes = {{"padding", random.integer(0, 1) ? "same" : "valid"},
                               {"stride_h", random.integer(1, 2)},
                               {"stride_w", random.integer(1, 2)},
                               {"dilation_h", 1},
                               {"dilation_w", 1},
                               {"activation", layer.activation()}};
  if (is_depthwise) attributes.set("depth_multiplier", int64_t{1});
  builder.node(is_depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {input, weights, layer.bias()},
               attributes, ir::DataType::kInt8, layer.output_quantization());
  return builder.graph();
}

inline ir::Graph random_int8_layer(base::Random& random) {
  return random_int8_layer(random, kernels::testing::random_kind(random));
}

// Random bytes, or one of the extremes everywhere.
inline std::vector<base::Bytes> random_int8_inputs(const ir::Graph& graph, base::Random& random) {
  const int64_t draw = random.integer(0, 3);
  if (draw > 1) return kernels::testing::random_inputs(graph, random);
  return kernels::testing::constant_inputs(graph, draw == 0 ? 0x80 : 0x7F);
}

}  // namespace thimble::testing
