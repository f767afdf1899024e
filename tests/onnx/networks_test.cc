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
        Row{"activations", ""}, Row{"arithmetic", ""}, Row{"average_pool_ceil", ""},
        Row{"average_pool_padding_excluded", ""}, Row{"average_pool_padding_included", ""},
        Row{"batch_norm_first", ""}, Row{"broadcast_of_signals", ""}, Row{"channel_shuffle", ""},
        Row{"clip_attributes", ""}, Row{"clips", ""}, Row{"concat_split", ""}, Row{"conv_1d", ""},
        Row{"conv_batch_norm", ""}, Row{"conv_depthwise", ""}, Row{"conv_groups", ""},
        Row{"conv_padding", ""}, Row{"conv_same_lower", ""}, Row{"conv_transpose_beyond", ""},
        Row{"conv_transpose_cropped", ""}, Row{"conv_transpose_same", ""}, Row{"flat_image", ""},
        Row{"flatten_by_transpose", ""}, Row{"flatten_gemm", ""}, Row{"gemm_scaled", ""},
        Row{"global_pools", ""}, Row{"mat_mul_signal", ""}, Row{"max_pool_ceil", ""},
        Row{"pads", ""}, Row{"qdq_activations", ""}, Row{"qdq_concat", ""}, Row{"qdq_conv", ""},
        Row{"qdq_conv_uint8_edges", ""}, Row{"qdq_depthwise", ""}, Row{"qdq_elementwise", ""},
        Row{"qdq_flatten_gemm", ""}, Row{"qdq_pools", ""}, Row{"qlinear_conv", ""},
        Row{"qlinear_dense", ""}, Row{"reductions", ""}, Row{"slices", ""},
        Row{"softmax_of_all", ""}, Row{"softmax_of_channels", ""}, Row{"squeeze_and_excite", ""},
        Row{"transposed_signal", ""}, Row{"view_by_shape", ""}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace thimble::testing
