// Files that must be refused, and what the user reads then. Each starts from a good network and has
// one thing wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "frontend/tflite/import.h"
#include "tests/support/tflite_builder.h"

namespace thimble::testing {
namespace {

using base::ErrorCode;
using schema::BuiltinOperator;
using schema::TensorType;
using ::testing::HasSubstr;

// input [1, 4, 4, 2] -> CONV_2D (tensors 0, 1, 2, 3) -> RESHAPE (tensor 4) -> [1, 48]
constexpr int32_t kInput = 0, kWeights = 1, kBias = 2, kConv = 3, kOutput = 4;

TfliteBuilder good_network() {
  TfliteBuilder builder;
  builder.add_input({.name = "image",
                     .type = TensorType::INT8,
                     .shape = {1, 4, 4, 2},
                     .scales = {0.5f},
                     .zero_points = {-1}});
  builder.add({.name = "weights",
               .type = TensorType::INT8,
               .shape = {3, 1, 1, 2},
               .scales = {0.1f, 0.2f, 0.3f},
               .axis = 0,
               .data = bytes_of<int8_t>({1, 2, 3, 4, 5, 6})});
  builder.add({.name = "bias",
               .type = TensorType::INT32,
               .shape = {3},
               .scales = {0.05f, 0.1f, 0.15f},
               .data = bytes_of<int32_t>({1, 2, 3})});
  builder.add({.name = "features",
               .type = TensorType::INT8,
               .shape = {1, 4, 4, 3},
               .scales = {0.7f},
               .zero_points = {3}});
  builder.add_output({.name = "flat",
                      .type = TensorType::INT8,
                      .shape = {1, 48},
                      .scales = {0.7f},
                      .zero_points = {3}});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  builder.add_operator(BuiltinOperator::CONV_2D, {kInput, kWeights, kBias}, {kConv}, options, 3);
  builder.add_operator(BuiltinOperator::RESHAPE, {kConv}, {kOutput});
  return builder;
}

struct BadFile {
  const char* name;
  std::function<void(TfliteBuilder&)> spoil;
  ErrorCode code;
  const char* text;  // a part of the error's text
};

void PrintTo(const BadFile& bad, std::ostream* out) {
  *out << bad.name;
}

schema::Conv2DOptionsT& conv_options(TfliteBuilder& b) {
  return *b.op(0).builtin_options.AsConv2DOptions();
}

const BadFile kBadFiles[] = {
    // Operators.
    {"unknown_operator",
     [](TfliteBuilder& b) { b.model().operator_codes[1]->builtin_code = BuiltinOperator::CONV_3D; },
     ErrorCode::kUnsupported, "subgraph 0, operator 1 (CONV_3D): this operator is not supported"},
    {"operator_without_a_name",
     [](TfliteBuilder& b) {
       b.model().operator_codes[1]->builtin_code = static_cast<BuiltinOperator>(1234);
     },
     ErrorCode::kUnsupported, "operator 1 (operator code 1234): this operator is not supported"},
    {"custom_operator",
     [](TfliteBuilder& b) {
       b.model().operator_codes[1]->builtin_code = BuiltinOperator::CUSTOM;
       b.model().operator_codes[1]->custom_code = "Mfcc\n";
     },
     ErrorCode::kUnsupported,
     "subgraph 0, operator 1 (custom operator Mfcc?): this operator is not supported"},
    {"newer_version", [](TfliteBuilder& b) { b.model().operator_codes[0]->version = 99; },
     ErrorCode::kUnsupported,
     "subgraph 0, operator 0 (CONV_2D): version 99 of this operator is not supported, only 1 to 8"},
    {"version_zero", [](TfliteBuilder& b) { b.model().operator_codes[0]->version = 0; },
     ErrorCode::kUnsupported, "version 0 of this operator is not supported"},
    {"operator_code_out_of_range", [](TfliteBuilder& b) { b.op(1).opcode_index = 2; },
     ErrorCode::kMalformed, "subgraph 0, operator 1 has operator code 2, but there are 2"},
    {"no_options", [](TfliteBuilder& b) { b.op(0).builtin_options.Reset(); }, ErrorCode::kMalformed,
     "subgraph 0, operator 0 (CONV_2D): has no options"},
    {"options_of_another_operator",
     [](TfliteBuilder& b) { b.op(0).builtin_options.Set(schema::Pool2DOptionsT()); },
     ErrorCode::kMalformed,
     "subgraph 0, operator 0 (CONV_2D): has the options of another operator"},
    {"unknown_padding",
     [](TfliteBuilder& b) { conv_options(b).padding = static_cast<schema::Padding>(7); },
     ErrorCode::kMalformed, "operator 0 (CONV_2D): unknown padding 7"},
    {"unknown_activation",
     [](TfliteBuilder& b) {
       conv_options(b).fused_activation_function = static_cast<schema::Activation>(9);
     },
     ErrorCode::kMalformed, "operator 0 (CONV_2D): unknown fused activation 9"},
    {"activation_we_lack",
     [](TfliteBuilder& b) { conv_options(b).fused_activation_function = schema::Activation::TANH; },
     ErrorCode::kUnsupported, "operator 0 (CONV_2D): fused activation tanh is not supported"},
    {"stride_zero", [](TfliteBuilder& b) { conv_options(b).stride_w = 0; }, ErrorCode::kMalformed,
     "operator 0 (CONV_2D): stride_w is 0"},
    {"dilation_negative", [](TfliteBuilder& b) { conv_options(b).dilation_h_factor = -1; },
     ErrorCode::kMalformed, "operator 0 (CONV_2D): dilation_h is -1"},
    {"shuffled_weights",
     [](TfliteBuilder& b) {
       schema::FullyConnectedOptionsT options;
       options.weights_format = schema::WeightsFormat::SHUFFLED4x16INT8;
       b.model().operator_codes[1]->builtin_code = BuiltinOperator::FULLY_CONNECTED;
       b.model().operator_codes[1]->deprecated_builtin_code = 0;
       b.op(1).builtin_options.Set(std::move(options));
     },
     ErrorCode::kUnsupported, "(FULLY_CONNECTED): shuffled weights are not supported"},
    {"relative_slice_ends",
     [](TfliteBuilder& b) {
       schema::StridedSliceOptionsT options;
       options.offset = true;
       b.model().operator_codes[1]->builtin_code = BuiltinOperator::STRIDED_SLICE;
       b.op(1).builtin_options.Set(std::move(options));
     },
     ErrorCode::kUnsupported, "(STRIDED_SLICE): ends relative to the begins are not supported"},
    {"wrong_output_shape",
     [](TfliteBuilder& b) {
       b.tensor(kConv).shape = {1, 4, 2, 3};
       b.tensor(kOutput).shape = {1, 24};
     },
     ErrorCode::kMalformed,
     "operator 0 (CONV_2D): output 0 has shape 1x4x2x3, but should have 1x4x4x3"},

    // Data types.
    {"unsupported_type_of_operator",
     [](TfliteBuilder& b) { b.tensor(kInput).type = TensorType::UINT8; }, ErrorCode::kUnsupported,
     "operator 0 (CONV_2D): data type uint8 of input (image) is not supported"},
    {"unsupported_type", [](TfliteBuilder& b) { b.tensor(kWeights).type = TensorType::INT2; },
     ErrorCode::kUnsupported, "subgraph 0, tensor 1 (weights): data type INT2 is not supported"},
    {"unknown_type",
     [](TfliteBuilder& b) { b.tensor(kWeights).type = static_cast<TensorType>(77); },
     ErrorCode::kMalformed, "subgraph 0, tensor 1 (weights): unknown data type 77"},

    // Shapes.
    {"zero_extent", [](TfliteBuilder& b) { b.tensor(kInput).shape[1] = 0; }, ErrorCode::kMalformed,
     "tensor 0 (image) has shape 1x0x4x2; every extent must be positive"},
    {"negative_extent", [](TfliteBuilder& b) { b.tensor(kInput).shape[0] = -1; },
     ErrorCode::kMalformed, "every extent must be positive"},
    {"absurd_extents",
     [](TfliteBuilder& b) {
       b.tensor(kInput).shape = {65536, 65536, 65536, 2};
     },
     ErrorCode::kLimit,
     "tensor 0 (image) has shape 65536x65536x65536x2, more than 2^31 - 1 elements"},
    {"seven_dimensions", [](TfliteBuilder& b) { b.tensor(kInput).shape = {1, 1, 1, 1, 4, 4, 2}; },
     ErrorCode::kUnsupported, "has 7 dimensions"},
    {"hundred_dimensions",
     [](TfliteBuilder& b) { b.tensor(kInput).shape = std::vector<int32_t>(100, 1); },
     ErrorCode::kUnsupported, "subgraph 0, tensor 0 (image): 100 dimensions are too many"},

    // Constants.
    {"buffer_out_of_range", [](TfliteBuilder& b) { b.tensor(kWeights).buffer = 3; },
     ErrorCode::kMalformed, "subgraph 0, tensor 1 (weights): names buffer 3, but there are 3"},
    {"constant_too_short", [](TfliteBuilder& b) { b.model().buffers[1]->data.pop_back(); },
     ErrorCode::kMalformed, "int8 3x1x1x2 needs 6 bytes, but the constant has 5"},
    {"weights_without_data", [](TfliteBuilder& b) { b.tensor(kWeights).buffer = 0; },
     ErrorCode::kMalformed,
     "subgraph 0, operator 0 (CONV_2D) reads tensor 1 (weights) before anything wrote it"},
    {"constant_outside_of_the_file",
     [](TfliteBuilder& b) {
       b.model().buffers[1]->data.clear();
       b.model().buffers[1]->offset = 1'000'000;
       b.model().buffers[1]->size = 6;
     },
     ErrorCode::kMalformed, "a constant of 6 bytes at offset 1000000 is not inside the file"},
    {"constant_offset_that_wraps_around",
     [](TfliteBuilder& b) {
       b.model().buffers[1]->data.clear();
       b.model().buffers[1]->offset = 16;
       b.model().buffers[1]->size = std::numeric_limits<uint64_t>::max() - 8;
     },
     ErrorCode::kMalformed, "is not inside the file"},
    {"constant_in_another_file", [](TfliteBuilder& b) { b.tensor(kWeights).external_buffer = 1; },
     ErrorCode::kUnsupported,
     "subgraph 0, tensor 1 (weights): constants in another file are not supported"},
    {"sparse_weights",
     [](TfliteBuilder& b) {
       b.tensor(kWeights).sparsity = std::make_unique<schema::SparsityParametersT>();
     },
     ErrorCode::kUnsupported, "tensor 1 (weights): sparse tensors are not supported"},
    {"variable_with_data", [](TfliteBuilder& b) { b.tensor(kBias).is_variable = true; },
     ErrorCode::kMalformed, "tensor 2 (bias) is both constant and variable"},

    // Quantization.
    {"custom_quantization",
     [](TfliteBuilder& b) {
       b.tensor(kInput).quantization->details.Set(schema::CustomQuantizationT());
     },
     ErrorCode::kUnsupported,
     "tensor 0 (image): only per-tensor and per-channel quantization are supported"},
    {"fewer_zero_points_than_scales",
     [](TfliteBuilder& b) { b.tensor(kWeights).quantization->zero_point.pop_back(); },
     ErrorCode::kMalformed, "tensor 1 (weights): 3 scales, but 2 zero points"},
    {"zero_point_too_large",
     [](TfliteBuilder& b) { b.tensor(kInput).quantization->zero_point[0] = int64_t{1} << 40; },
     ErrorCode::kMalformed, "the zero point 1099511627776 does not fit into 32 bits"},
    {"zero_point_outside_of_the_type",
     [](TfliteBuilder& b) { b.tensor(kInput).quantization->zero_point[0] = 128; },
     ErrorCode::kMalformed, "operator 0 (CONV_2D)"},
    {"scale_zero", [](TfliteBuilder& b) { b.tensor(kInput).quantization->scale[0] = 0; },
     ErrorCode::kMalformed, "tensor 0 (image) has the scale 0"},
    {"scale_not_a_number",
     [](TfliteBuilder& b) { b.tensor(kInput).quantization->scale[0] = std::nanf(""); },
     ErrorCode::kMalformed, "tensor 0 (image) has the scale nan"},
    {"quantized_axis_out_of_range",
     [](TfliteBuilder& b) { b.tensor(kWeights).quantization->quantized_dimension = 4; },
     ErrorCode::kMalformed, "3 scales do not match axis 4 of shape 3x1x1x2"},

    // Structure.
    {"schema_version", [](TfliteBuilder& b) { b.model().version = 4; }, ErrorCode::kUnsupported,
     "schema version 4 is not supported, only 3"},
    {"no_subgraph", [](TfliteBuilder& b) { b.model().subgraphs.clear(); }, ErrorCode::kMalformed,
     "the file has no subgraph"},
    {"two_subgraphs",
     [](TfliteBuilder& b) { b.model().subgraphs.push_back(std::make_unique<schema::SubGraphT>()); },
     ErrorCode::kUnsupported, "the file has 2 subgraphs"},
    {"no_input", [](TfliteBuilder& b) { b.subgraph().inputs.clear(); }, ErrorCode::kMalformed,
     "the network has no input"},
    {"no_output", [](TfliteBuilder& b) { b.subgraph().outputs.clear(); }, ErrorCode::kMalformed,
     "the network has no output"},
    {"nothing_at_all",
     [](TfliteBuilder& b) {
       b.subgraph() = schema::SubGraphT();
       b.model().operator_codes.clear();
       b.model().buffers.clear();
     },
     ErrorCode::kMalformed, "the network has no input"},
    {"input_out_of_range", [](TfliteBuilder& b) { b.subgraph().inputs[0] = 5; },
     ErrorCode::kMalformed, "the input list names tensor 5, but there are 5"},
    {"operand_out_of_range", [](TfliteBuilder& b) { b.op(0).inputs[1] = -2; },
     ErrorCode::kMalformed, "subgraph 0, operator 0 (CONV_2D) names tensor -2"},
    {"result_out_of_range", [](TfliteBuilder& b) { b.op(1).outputs[0] = 1 << 30; },
     ErrorCode::kMalformed, "subgraph 0, operator 1 (RESHAPE) names tensor 1073741824"},
    {"absent_input", [](TfliteBuilder& b) { b.op(0).inputs[1] = -1; }, ErrorCode::kMalformed,
     "operator 0 (CONV_2D): input 1 is absent"},
    {"cycle", [](TfliteBuilder& b) { b.op(0).inputs[0] = kOutput; }, ErrorCode::kMalformed,
     "operator 0 (CONV_2D) reads tensor 4 (flat) before anything wrote it"},
    {"written_twice", [](TfliteBuilder& b) { b.op(1).outputs[0] = kConv; }, ErrorCode::kMalformed,
     "writes tensor 3 (features), which already has a value"},
    {"writes_a_constant", [](TfliteBuilder& b) { b.op(0).outputs[0] = kBias; },
     ErrorCode::kMalformed, "writes tensor 2 (bias), which already has a value"},
};

class ImportError : public ::testing::TestWithParam<BadFile> {};

TEST_P(ImportError, NamesWhatIsWrong) {
  TfliteBuilder builder = good_network();
  GetParam().spoil(builder);
  auto graph = frontend::import_tflite(builder.finish(), "bad");
  ASSERT_FALSE(graph);
  EXPECT_THAT(graph.error().to_string(), HasSubstr(GetParam().text));
  EXPECT_EQ(graph.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(, ImportError, ::testing::ValuesIn(kBadFiles),
                         [](const auto& tested) { return tested.param.name; });

TEST(ImportErrorBase, TheGoodNetworkIsGood) {
  auto graph = frontend::import_tflite(good_network().finish(), "good");
  EXPECT_TRUE(graph) << graph.error().to_string();
}

std::string error_of(const base::Bytes& bytes) {
  auto graph = frontend::import_tflite(bytes, "bad");
  return graph ? "no error" : graph.error().to_string();
}

TEST(ImportErrorBytes, NoTensorFlowLiteFile) {
  EXPECT_THAT(error_of({}), HasSubstr("not a TensorFlow Lite file"));
  EXPECT_THAT(error_of(bytes_of<char>({'T', 'F', 'L', '3'})), HasSubstr("not a TensorFlow Lite"));
  EXPECT_THAT(error_of(base::Bytes(100)), HasSubstr("not a TensorFlow Lite file"));
}

TEST(ImportErrorBytes, CutFile) {
  base::Bytes bytes = good_network().finish();
  bytes.resize(bytes.size() / 2);
  EXPECT_THAT(error_of(bytes), HasSubstr("the file is damaged"));
}

// Thousands of tensors that all share one name, or one constant, or one table.
TEST(ImportErrorBytes, SharedContentIsNotCopiedAgainAndAgain) {
  TfliteBuilder builder = good_network();
  flatbuffers::FlatBufferBuilder fbb;
  auto scales = fbb.CreateVector(std::vector<float>(10'000, 1.0f));
  schema::QuantizationParametersBuilder quantization(fbb);
  quantization.add_scale(scales);
  auto shared = quantization.Finish();
  auto shape = fbb.CreateVector(std::vector<int32_t>{1});
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors;
  for (int i = 0; i < 10'000; ++i) {
    schema::TensorBuilder tensor(fbb);
    tensor.add_shape(shape);
    tensor.add_quantization(shared);
    tensors.push_back(tensor.Finish());
  }
  auto subgraph = schema::CreateSubGraphDirect(fbb, &tensors);
  std::vector<flatbuffers::Offset<schema::SubGraph>> subgraphs = {subgraph};
  schema::FinishModelBuffer(fbb, schema::CreateModelDirect(fbb, 3, nullptr, &subgraphs));
  auto bytes = std::as_bytes(std::span(fbb.GetBufferPointer(), fbb.GetSize()));
  EXPECT_THAT(error_of({bytes.begin(), bytes.end()}), HasSubstr("uses the same bytes again"));
}

TEST(ImportErrorBytes, MissingFileAndFolder) {
  auto missing = frontend::import_file("/nonexistent/model.tflite");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().to_string(), HasSubstr("/nonexistent/model.tflite"));
  auto folder = frontend::import_file("/tmp");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace thimble::testing
