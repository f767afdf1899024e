// CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and the poolings.
#include <cmath>

#include "tests/support/op_model_maker.h"

namespace thimble::testing {
namespace {

using schema::Activation;
using schema::BuiltinOperator;
using schema::Padding;

struct Window {
  int32_t kernel_h, kernel_w;
  int32_t stride_h = 1, stride_w = 1;
  int32_t dilation_h = 1, dilation_w = 1;
  Padding padding = Padding::SAME;
  Activation activation = Activation::NONE;
};

int32_t output_extent(int32_t input, int32_t kernel, int32_t stride, int32_t dilation,
                      Padding padding) {
  if (padding == Padding::SAME) return (input + stride - 1) / stride;
  return (input - (kernel - 1) * dilation - 1) / stride + 1;
}

Shape output_shape(const Shape& input, const Window& w, int32_t channels) {
  return {input[0], output_extent(input[1], w.kernel_h, w.stride_h, w.dilation_h, w.padding),
          output_extent(input[2], w.kernel_w, w.stride_w, w.dilation_w, w.padding), channels};
}

// About the largest output of a layer with so many taps on inputs in [-2, 2].
float output_range(int32_t taps) {
  return 2.0f * std::sqrt(static_cast<float>(taps));
}

template <typename Options>
Options window_options(const Window& w) {
  Options options;
  options.padding = w.padding;
  options.stride_h = w.stride_h;
  options.stride_w = w.stride_w;
  options.fused_activation_function = w.activation;
  return options;
}

struct ConvCase {
  const char* variant;
  Shape input;
  int32_t output_channels;
  Window window;
  bool per_channel = true;
  bool with_bias = true;
  int32_t groups = 1;
};

OpModel conv_model(Kind kind, const ConvCase& c) {
  OpModelMaker maker("conv_2d", kind, c.variant);
  const Window& w = c.window;
  int32_t depth = c.input[3] / c.groups;
  int32_t in = maker.input(c.input);
  int32_t filter = maker.weights({c.output_channels, w.kernel_h, w.kernel_w, depth},
                                 c.per_channel ? 0 : OpModelMaker::kPerTensor);
  std::vector<int32_t> inputs = {in, filter};
  if (c.with_bias) inputs.push_back(maker.bias(filter));
  int32_t out = maker.output(output_shape(c.input, w, c.output_channels),
                             output_range(w.kernel_h * w.kernel_w * depth));
  auto options = window_options<schema::Conv2DOptionsT>(w);
  options.dilation_h_factor = w.dilation_h;
  options.dilation_w_factor = w.dilation_w;
  maker.builder().add_operator(BuiltinOperator::CONV_2D, inputs, {out}, options);
  return maker.finish();
}

void add_conv(std::vector<OpModel>& models) {
  const ConvCase cases[] = {
      {"same", {1, 5, 6, 3}, 4, {3, 3}},
      {"valid_stride2_relu6",
       {2, 7, 6, 2},
       3,
       {3, 2, 2, 2, 1, 1, Padding::VALID, Activation::RELU6}},
      {"same_stride2_relu", {1, 6, 5, 3}, 4, {3, 3, 2, 2, 1, 1, Padding::SAME, Activation::RELU}},
      {"dilated", {1, 8, 7, 2}, 2, {3, 2, 1, 1, 2, 3}},
      {"pointwise_relu_n1_to_1",
       {1, 4, 3, 8},
       5,
       {1, 1, 1, 1, 1, 1, Padding::VALID, Activation::RELU_N1_TO_1}},
      {.variant = "per_tensor",
       .input = {1, 5, 5, 3},
       .output_channels = 4,
       .window = {3, 3},
       .per_channel = false},
      {.variant = "no_bias",
       .input = {1, 4, 4, 3},
       .output_channels = 4,
       .window = {3, 3},
       .with_bias = false},
      {.variant = "grouped",
       .input = {1, 4, 4, 6},
       .output_channels = 4,
       .window = {3, 3},
       .groups = 2},
  };
  for (Kind kind : kAllKinds)
    for (const ConvCase& c : cases) models.push_back(conv_model(kind, c));
}

struct DepthwiseCase {
  const char* variant;
  Shape input;
  int32_t multiplier;
  Window window;
};

OpModel depthwise_model(Kind kind, const DepthwiseCase& c) {
  OpModelMaker maker("depthwise_conv_2d", kind, c.variant);
  const Window& w = c.window;
  int32_t channels = c.input[3] * c.multiplier;
  int32_t in = maker.input(c.input);
  int32_t filter = maker.weights({1, w.kernel_h, w.kernel_w, channels}, 3);
  int32_t bias = maker.bias(filter);
  int32_t out =
      maker.output(output_shape(c.input, w, channels), output_range(w.kernel_h * w.kernel_w));
  auto options = window_options<schema::DepthwiseConv2DOptionsT>(w);
  options.depth_multiplier = c.multiplier;
  options.dilation_h_factor = w.dilation_h;
  options.dilation_w_factor = w.dilation_w;
  maker.builder().add_operator(BuiltinOperator::DEPTHWISE_CONV_2D, {in, filter, bias}, {out},
                               options);
  return maker.finish();
}

void add_depthwise(std::vector<OpModel>& models) {
  const DepthwiseCase cases[] = {
      {"same", {1, 5, 4, 4}, 1, {3, 3}},
      {"stride2_relu6", {1, 6, 7, 3}, 1, {3, 3, 2, 2, 1, 1, Padding::SAME, Activation::RELU6}},
      {"multiplier2_valid", {1, 5, 5, 3}, 2, {3, 2, 1, 1, 1, 1, Padding::VALID}},
      {"one_channel_multiplier4_relu",
       {1, 5, 4, 1},
       4,
       {3, 3, 2, 1, 1, 1, Padding::SAME, Activation::RELU}},
      {"dilated", {1, 7, 6, 2}, 1, {3, 3, 1, 1, 2, 2}},
  };
  for (Kind kind : kAllKinds)
    for (const DepthwiseCase& c : cases) models.push_back(depthwise_model(kind, c));
}

struct TransposeConvCase {
  const char* variant;
  Shape input;
  Shape output;
  Window window;
  bool with_bias;
};

OpModel transpose_conv_model(Kind kind, const TransposeConvCase& c) {
  OpModelMaker maker("transpose_conv", kind, c.variant);
  const Window& w = c.window;
  int32_t in = maker.input(c.input);
  int32_t shape = maker.numbers(c.output);
  int32_t filter = maker.weights({c.output[3], w.kernel_h, w.kernel_w, c.input[3]}, 0);
  std::vector<int32_t> inputs = {shape, filter, in};
  if (c.with_bias) inputs.push_back(maker.bias(filter));
  int32_t out = maker.output(c.output, output_range(w.kernel_h * w.kernel_w * c.input[3]));
  maker.builder().add_operator(BuiltinOperator::TRANSPOSE_CONV, inputs, {out},
                               window_options<schema::TransposeConvOptionsT>(w));
  return maker.finish();
}

void add_transpose_conv(std::vector<OpModel>& models) {
  const TransposeConvCase cases[] = {
      {"same", {1, 3, 4, 3}, {1, 6, 8, 2}, {3, 3, 2, 2}, false},
      {"valid", {1, 3, 2, 2}, {1, 7, 5, 2}, {3, 3, 2, 2, 1, 1, Padding::VALID}, true},
      {"kernel_below_stride", {1, 3, 3, 2}, {1, 9, 6, 2}, {2, 1, 3, 2}, true},
  };
  for (Kind kind : kNumberKinds)
    for (const TransposeConvCase& c : cases) models.push_back(transpose_conv_model(kind, c));
}

struct PoolCase {
  const char* variant;
  Shape input;
  Window window;
};

OpModel pool_model(const char* name, BuiltinOperator code, Kind kind, const PoolCase& c) {
  OpModelMaker maker(name, kind, c.variant);
  const Window& w = c.window;
  int32_t in = maker.input(c.input);
  int32_t out = maker.output(output_shape(c.input, w, c.input[3]));
  auto options = window_options<schema::Pool2DOptionsT>(w);
  options.filter_height = w.kernel_h;
  options.filter_width = w.kernel_w;
  maker.builder().add_operator(code, {in}, {out}, options);
  return maker.finish();
}

void add_pools(std::vector<OpModel>& models) {
  const PoolCase cases[] = {
      {"valid", {1, 6, 4, 3}, {2, 2, 2, 2, 1, 1, Padding::VALID}},
      {"same_overlapping", {1, 5, 5, 3}, {3, 2, 2, 1}},
      {"global_relu", {2, 4, 3, 3}, {4, 3, 1, 1, 1, 1, Padding::VALID, Activation::RELU}},
  };
  for (Kind kind : kNumberKinds)
    for (const PoolCase& c : cases) {
      models.push_back(pool_model("average_pool_2d", BuiltinOperator::AVERAGE_POOL_2D, kind, c));
      models.push_back(pool_model("max_pool_2d", BuiltinOperator::MAX_POOL_2D, kind, c));
    }
}

}  // namespace

void add_convolution_models(std::vector<OpModel>& models) {
  add_conv(models);
  add_depthwise(models);
  add_transpose_conv(models);
  add_pools(models);
}

}  // namespace thimble::testing
