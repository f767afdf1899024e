#include "frontend/tflite/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/op_models.h"
#include "tests/support/tflite_builder.h"

namespace thimble::frontend {
namespace {

using ir::Attributes;
using schema::BuiltinOperator;
using schema::TensorType;
using testing::bytes_of;
using ::testing::ElementsAre;
using testing::TfliteBuilder;

// The only node of a one-operator network of the catalogue, without the rest.
Attributes attributes_of(std::string_view name) {
  for (const testing::OpModel& model : testing::op_models())
    if (model.name == name) {
      auto graph = import_tflite(model.file, name);
      EXPECT_TRUE(graph) << graph.error().to_string();
      return graph ? graph->nodes.at(0).attributes : Attributes();
    }
  ADD_FAILURE() << "no network " << name;
  return {};
}

TEST(ImportTflite, ReadsTensors) {
  TfliteBuilder builder;
  int32_t in = builder.add_input({.name = "x",
                                  .type = TensorType::INT8,
                                  .shape = {1, 2, 2, 1},
                                  .scales = {0.5f},
                                  .zero_points = {-3}});
  int32_t filter = builder.add({.name = "w",
                                .type = TensorType::INT8,
                                .shape = {2, 1, 1, 1},
                                .scales = {0.25f, 0.125f},
                                .axis = 0,
                                .data = bytes_of<int8_t>({7, -8})});
  int32_t bias = builder.add({.name = "b",
                              .type = TensorType::INT32,
                              .shape = {2},
                              .scales = {0.125f, 0.0625f},
                              .data = bytes_of<int32_t>({100'000, -2})});
  int32_t out = builder.add_output(
      {.name = "y", .type = TensorType::INT8, .shape = {1, 2, 2, 2}, .scales = {1.0f}});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  builder.add_operator(BuiltinOperator::CONV_2D, {in, filter, bias}, {out}, options);
  auto graph = import_tflite(builder.finish(), "tiny");
  ASSERT_TRUE(graph) << graph.error().to_string();

  EXPECT_EQ(graph->name, "tiny");
  EXPECT_THAT(graph->inputs, ElementsAre(in));
  EXPECT_THAT(graph->outputs, ElementsAre(out));
  ASSERT_EQ(graph->tensors.size(), 4u);
  const ir::Tensor& x = graph->tensor(in);
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.type, ir::DataType::kInt8);
  EXPECT_THAT(x.shape, ElementsAre(1, 2, 2, 1));
  EXPECT_FALSE(x.is_constant());
  EXPECT_EQ(x.scale(), 0.5f);
  EXPECT_EQ(x.zero_point(), -3);
  const ir::Tensor& w = graph->tensor(filter);
  EXPECT_THAT(w.quantization.scales, ElementsAre(0.25f, 0.125f));
  EXPECT_THAT(w.quantization.zero_points, ElementsAre(0, 0));
  EXPECT_EQ(w.as<int8_t>()[1], -8);
  EXPECT_EQ(graph->tensor(bias).as<int32_t>()[0], 100'000);

  ASSERT_EQ(graph->nodes.size(), 1u);
  const ir::Node& node = graph->nodes[0];
  EXPECT_EQ(node.op, "CONV_2D");
  EXPECT_EQ(node.name, "y");
  EXPECT_EQ(node.origin, "subgraph 0, operator 0");
  EXPECT_THAT(node.inputs, ElementsAre(in, filter, bias));
  EXPECT_THAT(node.outputs, ElementsAre(out));
}

TEST(ImportTflite, WeightsInHalfPrecisionAreConstantsOfTheirReader) {
  TfliteBuilder builder;
  int32_t in = builder.add_input({.name = "x", .shape = {1, 2}});
  int32_t half = builder.add({.name = "half",
                              .type = TensorType::FLOAT16,
                              .shape = {1, 2},
                              .data = bytes_of<uint16_t>({0x3c00, 0xc000})});
  int32_t widened = builder.add({.name = "widened", .shape = {1, 2}});
  int32_t out = builder.add_output({.name = "y", .shape = {1, 1}});
  builder.add_operator(BuiltinOperator::DEQUANTIZE, {half}, {widened});
  builder.add_operator(BuiltinOperator::FULLY_CONNECTED, {in, widened}, {out},
                       schema::FullyConnectedOptionsT());
  auto graph = import_tflite(builder.finish(), "half");
  ASSERT_TRUE(graph) << graph.error().to_string();
  ASSERT_EQ(graph->nodes.size(), 1u);
  const ir::Tensor& weights = *graph->input(graph->nodes[0], 1);
  EXPECT_EQ(weights.name, "widened");
  EXPECT_THAT(std::vector<float>(weights.as<float>(), weights.as<float>() + 2),
              ElementsAre(1.0f, -2.0f));
}

TEST(ImportTflite, ReadsConvolutionOptions) {
  EXPECT_EQ(attributes_of("conv_2d_int8_valid_stride2_relu6"),
            (Attributes{{"padding", "valid"},
                        {"stride_h", int64_t{2}},
                        {"stride_w", int64_t{2}},
                        {"activation", "relu6"},
                        {"dilation_h", int64_t{1}},
                        {"dilation_w", int64_t{1}}}));
  EXPECT_EQ(attributes_of("depthwise_conv_2d_int8_one_channel_multiplier4_relu"),
            (Attributes{{"padding", "same"},
                        {"stride_h", int64_t{2}},
                        {"stride_w", int64_t{1}},
                        {"activation", "relu"},
                        {"dilation_h", int64_t{1}},
                        {"dilation_w", int64_t{1}},
                        {"depth_multiplier", int64_t{4}}}));
  EXPECT_EQ(attributes_of("transpose_conv_int8_kernel_below_stride"),
            (Attributes{{"padding", "same"},
                        {"stride_h", int64_t{3}},
                        {"stride_w", int64_t{2}},
                        {"activation", "none"}}));
  EXPECT_EQ(attributes_of("max_pool_2d_int8_same_overlapping"),
            (Attributes{{"filter_h", int64_t{3}},
                        {"filter_w", int64_t{2}},
                        {"padding", "same"},
                        {"stride_h", int64_t{2}},
                        {"stride_w", int64_t{1}},
                        {"activation", "none"}}));
}

TEST(ImportTflite, ReadsOtherOptions) {
  EXPECT_EQ(attributes_of("fully_connected_hybrid_asymmetric"),
            (Attributes{{"keep_num_dims", int64_t{0}},
                        {"asymmetric_quantize_inputs", int64_t{1}},
                        {"activation", "none"}}));
  EXPECT_EQ(attributes_of("svdf_int8_state_int16"),
            (Attributes{{"rank", int64_t{2}},
                        {"asymmetric_quantize_inputs", int64_t{0}},
                        {"activation", "relu"}}));
  EXPECT_EQ(attributes_of("add_int8_channels"), (Attributes{{"activation", "relu6"}}));
  EXPECT_EQ(attributes_of("softmax_int8_beta_half"), (Attributes{{"beta", 0.5}}));
  EXPECT_EQ(attributes_of("leaky_relu_int8_negative"), (Attributes{{"alpha", -0.25}}));
  EXPECT_EQ(attributes_of("concatenation_int8_channels"),
            (Attributes{{"axis", int64_t{-1}}, {"activation", "none"}}));
  EXPECT_EQ(attributes_of("mean_int8_image"), (Attributes{{"keep_dims", int64_t{1}}}));
  EXPECT_EQ(attributes_of("strided_slice_int8_masks"),
            (Attributes{{"begin_mask", int64_t{7}},
                        {"end_mask", int64_t{9}},
                        {"ellipsis_mask", int64_t{0}},
                        {"new_axis_mask", int64_t{0}},
                        {"shrink_axis_mask", int64_t{0}}}));
  EXPECT_EQ(attributes_of("reshape_int8"), Attributes());
}

// RESHAPE [1, 4] -> [4]; small enough to change freely.
TfliteBuilder reshape() {
  TfliteBuilder builder;
  int32_t in = builder.add_input({.name = "in", .shape = {1, 4}});
  int32_t out = builder.add_output({.name = "out", .shape = {4}});
  builder.add_operator(BuiltinOperator::RESHAPE, {in}, {out});
  return builder;
}

TEST(ImportTflite, OldFilesHaveOnlyTheOldOperatorCode) {
  TfliteBuilder builder = reshape();
  builder.model().operator_codes[0]->builtin_code = BuiltinOperator::ADD;  // the default, 0
  auto graph = import_tflite(builder.finish(), "old");
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(graph->nodes[0].op, "RESHAPE");
}

TEST(ImportTflite, AcceptsUnalignedBytes) {
  base::Bytes bytes = reshape().finish();
  bytes.insert(bytes.begin(), std::byte{0});
  auto graph = import_tflite(std::span(bytes).subspan(1), "shifted");
  EXPECT_TRUE(graph) << graph.error().to_string();
}

TEST(ImportTflite, MakesNamesPrintable) {
  TfliteBuilder builder = reshape();
  builder.tensor(1).name = "a\x1b[31m\xff" + std::string(1000, 'b');
  auto graph = import_tflite(builder.finish(), "names");
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(graph->nodes[0].name, "a?[31m?" + std::string(249, 'b'));
}

// Old converters write 3 there, the axis of a depthwise convolution's weights.
TEST(ImportTflite, AVectorHasOnlyOneAxis) {
  TfliteBuilder builder = reshape();
  int32_t id = builder.add({.name = "bias",
                            .type = TensorType::INT32,
                            .shape = {2},
                            .scales = {0.5f, 0.25f},
                            .axis = 3,
                            .data = bytes_of<int32_t>({1, 2})});
  auto graph = import_tflite(builder.finish(), "bias");
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(graph->tensor(id).quantization.axis, 0);
}

TEST(ImportTflite, TensorsShareAConstant) {
  TfliteBuilder builder = reshape();
  testing::TensorSpec spec{.name = "first", .shape = {2}, .data = bytes_of<float>({1, 2})};
  int32_t first = builder.add(spec), second = builder.add({.name = "second", .shape = {1, 2}});
  builder.tensor(second).buffer = builder.tensor(first).buffer;
  auto graph = import_tflite(builder.finish(), "shared");
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(graph->tensor(first).data, graph->tensor(second).data);
}

TEST(ImportTflite, ReadsAConstantBehindTheFlatBuffer) {
  TfliteBuilder builder = reshape();
  int32_t id = builder.add({.name = "large", .shape = {2}, .data = bytes_of<float>({0, 0})});
  schema::BufferT& buffer = *builder.model().buffers[builder.tensor(id).buffer];
  buffer.data.clear();
  buffer.offset = 2;  // a default value would not be written, which would change the size
  buffer.size = 8;
  buffer.offset = builder.finish().size();
  base::Bytes bytes = builder.finish();
  base::Bytes constant = bytes_of<float>({3, 4});
  bytes.insert(bytes.end(), constant.begin(), constant.end());
  auto graph = import_tflite(bytes, "large");
  ASSERT_TRUE(graph) << graph.error().to_string();
  ASSERT_TRUE(graph->tensor(id).is_constant());
  EXPECT_EQ(graph->tensor(id).as<float>()[1], 4);
}

TEST(ImportTflite, OptionsThatMayBeLeftOutHaveTheirDefaults) {
  TfliteBuilder builder;
  int32_t in = builder.add_input({.name = "in", .shape = {1, 4}});
  int32_t weights =
      builder.add({.name = "w", .shape = {1, 4}, .data = bytes_of<float>({1, 2, 3, 4})});
  int32_t out = builder.add_output({.name = "out", .shape = {1, 1}});
  builder.add_operator(BuiltinOperator::FULLY_CONNECTED, {in, weights, -1}, {out});
  auto graph = import_tflite(builder.finish(), "bare");
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(*graph->nodes[0].attributes.get_string("activation"), "none");
  EXPECT_EQ(graph->nodes[0].inputs[2], ir::kNoTensor);
}

}  // namespace
}  // namespace thimble::frontend
