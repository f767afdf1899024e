// The shared ONNX networks against what ONNX Runtime computed on the pattern input.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "base/files.h"
#include "base/text.h"
#include "tests/onnx/run_onnx.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {
namespace {

// Two runtimes round differently, and over the layers of a network it adds up: of integer networks
// only the place of the largest output must agree.
enum class Arithmetic { kFloat, kInteger };

struct Row {
  const char* folder;
  const char* name;
  Arithmetic arithmetic;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

constexpr Tolerance kTolerance{1e-4, 1e-7};

base::Result<frontend::OnnxImport> import_file(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const base::Bytes bytes, base::read_file(path));
  return frontend::import_onnx(bytes, path.stem().string());
}

size_t largest(const std::vector<double>& values) {
  return static_cast<size_t>(std::ranges::max_element(values) - values.begin());
}

class OnnxModel : public ::testing::TestWithParam<Row> {};

TEST_P(OnnxModel, GivesTheSameOutputsOnThePattern) {
  THIMBLE_NEED_SHARED(shared);
  const Row& row = GetParam();
  auto network =
      import_file(shared / "models/onnx" / row.folder / fmt::format("{}.onnx", row.name));
  ASSERT_TRUE(network) << network.error().to_string();
  auto outputs = run_onnx_on_pattern(*network);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  auto golden = read_golden_onnx_outputs(shared / "golden/onnx" /
                                         fmt::format("{}__{}.json", row.folder, row.name));
  ASSERT_TRUE(golden) << golden.error().to_string();
  ASSERT_EQ(outputs->size(), golden->size());
  for (size_t i = 0; i < golden->size(); ++i) {
    const ir::Tensor& output = (*outputs)[i];
    if (row.arithmetic == Arithmetic::kFloat) {
      EXPECT_EQ(difference(*output.data, (*golden)[i], output.type, kTolerance), "");
      continue;
    }
    const std::vector<double> ours = to_numbers(*output.data, output.type);
    const std::vector<double> reference = to_numbers((*golden)[i], output.type);
    ASSERT_EQ(ours.size(), reference.size());
    EXPECT_EQ(largest(ours), largest(reference));
    EXPECT_NEAR(ours[largest(ours)], reference[largest(ours)], 0.05);
  }
}

TEST_P(OnnxModel, HasNoTransposition) {
  THIMBLE_NEED_SHARED(shared);
  const Row& row = GetParam();
  auto network =
      import_file(shared / "models/onnx" / row.folder / fmt::format("{}.onnx", row.name));
  ASSERT_TRUE(network) << network.error().to_string();
  for (const ir::Node& node : network->graph.nodes) EXPECT_NE(node.op, "TRANSPOSE") << node.origin;
}

// Those without a golden output too.
TEST(OnnxModels, AreAllImportedOrRefused) {
  THIMBLE_NEED_SHARED(shared);
  std::map<std::string, std::string> results;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "models/onnx")) {
    if (entry.path().extension() != ".onnx") continue;
    auto network = import_file(entry.path());
    std::string& result = results[entry.path().filename().string()];
    if (network) {
      result = fmt::format("{} operators", network->graph.nodes.size());
      continue;
    }
    result = "refused: " + network.error().to_string();
    EXPECT_EQ(network.error().code, base::ErrorCode::kUnsupported) << entry.path() << result;
  }
  base::TextTable table(
      {{"file", base::TextTable::Align::kLeft}, {"result", base::TextTable::Align::kLeft}});
  for (const auto& [file, result] : results) table.add_row({file, result});
  fmt::print("{}", table.to_string());
  EXPECT_FALSE(results.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Shared, OnnxModel,
    ::testing::Values(Row{"mlonmcu", "micro_kws_m_static_fp32", Arithmetic::kFloat},
                      Row{"mlonmcu", "micro_kws_m_static_quantized_dequant", Arithmetic::kFloat},
                      Row{"mlonmcu", "micro_kws_m_static_qdq", Arithmetic::kInteger},
                      Row{"mlonmcu", "micro_kws_m_static_qoperator", Arithmetic::kInteger},
                      Row{"mlonmcu", "micro_kws_m_static_qoperator_emx", Arithmetic::kInteger},
                      Row{"mlonmcu", "micro_kws_m_static_qoperator_emx123", Arithmetic::kInteger},
                      Row{"mlonmcu", "micro_kws_m_static_qoperator_emx123_inferred",
                          Arithmetic::kInteger},
                      Row{"mlonmcu", "micro_kws_m_static_qoperator_tvm", Arithmetic::kInteger},
                      Row{"stateful-cnn", "HAR-CNN", Arithmetic::kFloat},
                      Row{"stateful-cnn", "KWS-DNN_S", Arithmetic::kFloat},
                      Row{"stateful-cnn", "mnist-8", Arithmetic::kFloat},
                      Row{"stateful-cnn", "squeezenet_cifar10", Arithmetic::kFloat}),
    [](const auto& row) {
      std::string name = row.param.name;
      std::ranges::replace(name, '-', '_');
      return name;
    });

}  // namespace
}  // namespace thimble::testing
