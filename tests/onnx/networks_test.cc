// Tiny networks of our own (tools/onnx/make_networks.py) against what ONNX Runtime computes
// (networks/onnx_runtime.txt), and what they become.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <sstream>

#include "base/files.h"
#include "tests/onnx/run_onnx.h"
#include "tests/support/base64.h"
#include "tests/support/compare.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {
namespace {

constexpr Tolerance kFloats{1e-5, 1e-6};

// A network, and the operators that the import makes of it.
struct Row {
  const char* name;
  const char* operators;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

std::filesystem::path folder() {
  return source_dir() / "tests/onnx/networks";
}

base::Result<frontend::OnnxImport> import_network(const std::string& name) {
  THIMBLE_ASSIGN(const base::Bytes bytes, base::read_file(folder() / (name + ".onnx")));
  return frontend::import_onnx(bytes, name);
}

struct Reference {
  std::string shape;  // "1x3x4x4"
  base::Bytes bytes;
};

// By network, in the order of its outputs.
base::Result<std::map<std::string, std::vector<Reference>>> read_references() {
  THIMBLE_ASSIGN(const std::string text, base::read_text_file(folder() / "onnx_runtime.txt"));
  std::map<std::string, std::vector<Reference>> references;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string name, type, bytes;
    Reference reference;
    cells >> name >> type >> reference.shape >> bytes;
    THIMBLE_ASSIGN(reference.bytes, decode_base64(bytes));
    references[name].push_back(std::move(reference));
  }
  return references;
}

// One step of the integers that the output stands for.
Tolerance tolerance(const ir::Graph& graph, ir::TensorId output) {
  if (ir::is_integer(graph.tensor(output).type)) return {0, 1};
  for (const ir::Node& node : graph.nodes)
    if (node.outputs[0] == output && node.op == "DEQUANTIZE")
      return {0, 1.001 * double{graph.input(node, 0)->scale()}};
  return kFloats;
}

class OnnxNetwork : public ::testing::TestWithParam<Row> {};

TEST_P(OnnxNetwork, GivesWhatOnnxRuntimeGives) {
  auto network = import_network(GetParam().name);
  ASSERT_TRUE(network) << network.error().to_string();
  auto references = read_references();
  ASSERT_TRUE(references) << references.error().to_string();
  auto outputs = run_onnx_on_pattern(*network);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  const std::vector<Reference>& expected = (*references)[GetParam().name];
  ASSERT_EQ(outputs->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const ir::Tensor& output = (*outputs)[i];
    EXPECT_EQ(ir::shape_text(output.shape), expected[i].shape);
    EXPECT_EQ(difference(*output.data, expected[i].bytes, output.type,
                         tolerance(network->graph, network->graph.outputs[i])),
              "")
        << "output " << i;
  }
}

TEST_P(OnnxNetwork, HasTheFewestOperators) {
  auto network = import_network(GetParam().name);
  ASSERT_TRUE(network) << network.error().to_string();
  std::string operators;
  for (const ir::Node& node : network->graph.nodes)
    operators += (operators.empty() ? "" : " ") + node.op;
  EXPECT_EQ(operators, GetParam().operators);
}

INSTANTIATE_TEST_SUITE_P(
    Own, OnnxNetwork,
    ::testing::Values(
        Row{"activations", "LEAKY_RELU RELU SUB MUL ADD ADD MUL MUL MUL ADD MUL LOGISTIC TANH"},
        Row{"arithmetic", "CONV_2D MUL SUB MUL ADD ADD MUL"},
        Row{"average_pool_ceil", "PAD AVERAGE_POOL_2D MUL"},
        Row{"average_pool_padding_excluded", "PAD AVERAGE_POOL_2D MUL"},
        Row{"average_pool_padding_included", "PAD AVERAGE_POOL_2D"},
        Row{"batch_norm_first", "MUL ADD CONV_2D"}, Row{"broadcast_of_signals", "RESHAPE MUL"},
        Row{"channel_shuffle", "CONV_2D RESHAPE TRANSPOSE RESHAPE CONV_2D"},
        Row{"clip_attributes", "SUB SUB SUB"}, Row{"clips", "RELU6 SUB ADD SUB SUB SUB SUB SUB"},
        Row{"concat_split", "CONV_2D STRIDED_SLICE STRIDED_SLICE RELU CONCATENATION"},
        Row{"conv_1d", "RESHAPE PAD CONV_2D MAX_POOL_2D RESHAPE"},
        Row{"conv_batch_norm", "CONV_2D"}, Row{"conv_depthwise", "DEPTHWISE_CONV_2D"},
        Row{"conv_groups", "CONV_2D"}, Row{"conv_padding", "CONV_2D"},
        Row{"conv_same_lower", "PAD CONV_2D"},
        Row{"conv_transpose_beyond", "TRANSPOSE_CONV PAD ADD"},
        Row{"conv_transpose_cropped", "TRANSPOSE_CONV STRIDED_SLICE"},
        Row{"conv_transpose_same", "TRANSPOSE_CONV"},
        Row{"flat_image", "CONV_2D RESHAPE TRANSPOSE RESHAPE"},
        Row{"flatten_by_transpose", "CONV_2D FULLY_CONNECTED"},
        Row{"flatten_gemm", "CONV_2D MAX_POOL_2D FULLY_CONNECTED SOFTMAX"},
        Row{"gemm_scaled", "TRANSPOSE FULLY_CONNECTED ADD"},
        Row{"global_pools", "AVERAGE_POOL_2D MAX_POOL_2D ADD RESHAPE"},
        Row{"mat_mul_signal", "FULLY_CONNECTED RESHAPE"}, Row{"max_pool_ceil", "PADV2 MAX_POOL_2D"},
        Row{"pads", "CONV_2D PADV2 CONV_2D"},
        Row{"qdq_activations",
            "QUANTIZE LOGISTIC TANH LEAKY_RELU SOFTMAX QUANTIZE DEQUANTIZE DEQUANTIZE DEQUANTIZE "
            "DEQUANTIZE"},
        Row{"qdq_concat", "QUANTIZE QUANTIZE QUANTIZE QUANTIZE CONCATENATION DEQUANTIZE"},
        Row{"qdq_conv", "QUANTIZE PAD CONV_2D DEQUANTIZE"},
        Row{"qdq_conv_uint8_edges", "QUANTIZE CONV_2D QUANTIZE"},
        Row{"qdq_depthwise", "QUANTIZE DEPTHWISE_CONV_2D DEQUANTIZE"},
        Row{"qdq_elementwise", "QUANTIZE QUANTIZE ADD MUL SUB DEQUANTIZE DEQUANTIZE DEQUANTIZE"},
        Row{"qdq_flatten_gemm", "QUANTIZE MAX_POOL_2D FULLY_CONNECTED DEQUANTIZE"},
        Row{"qdq_pools", "QUANTIZE AVERAGE_POOL_2D QUANTIZE MEAN DEQUANTIZE DEQUANTIZE"},
        Row{"qlinear_conv", "QUANTIZE CONV_2D DEQUANTIZE"},
        Row{"qlinear_dense", "QUANTIZE FULLY_CONNECTED ADD DEQUANTIZE"},
        Row{"reductions", "MEAN MEAN MUL RESHAPE"},
        Row{"slices", "CONV_2D STRIDED_SLICE STRIDED_SLICE RESHAPE"},
        Row{"softmax_of_all", "RESHAPE SOFTMAX RESHAPE"},
        Row{"softmax_of_channels", "CONV_2D SOFTMAX"},
        Row{"squeeze_and_excite", "CONV_2D AVERAGE_POOL_2D CONV_2D CONV_2D LOGISTIC MUL"},
        Row{"transposed_signal", "RELU RESHAPE TRANSPOSE RESHAPE"},
        Row{"view_by_shape", "CONV_2D FULLY_CONNECTED"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace thimble::testing
