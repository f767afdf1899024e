// Every shared model against what other runtimes computed: on the pattern input as a whole and
// layer by layer, and on real samples.
#include "tests/support/golden.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>

#include "base/checksum.h"
#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "ops/op.h"
#include "tests/golden/models.h"
#include "tests/support/compare.h"
#include "tests/support/sanitizer.h"
#include "base/sha256.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {

// What GoogleTest prints for a failing row.
void PrintTo(const GoldenModelRow& row, std::ostream* out) {
  *out << row.model;
}
void PrintTo(const GoldenLayersRow& row, std::ostream* out) {
  *out << row.layers;
}
void PrintTo(const GoldenSamplesRow& row, std::ostream* out) {
  *out << row.samples;
}

namespace {

namespace fs = std::filesystem;
using exec::Executor;

// The reference execution is slow under a sanitizer: there only small networks run.
constexpr uint64_t kMaxMaccsWithSanitizer = 3'000'000;

std::string test_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return text;
}

uint64_t total_maccs(const ir::Graph& graph) {
  uint64_t maccs = 0;
  for (const ir::Node& node : graph.nodes) maccs += ops::find_op(node.op)->cost(graph, node).maccs;
  return maccs;
}

std::vector<base::Bytes> pattern_inputs(const ir::Graph& graph) {
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::pattern_input(graph.tensor(id)));
  return inputs;
}

// Declares `variable`, an Executor of the model, or fails or skips the test.
#define LOAD_MODEL(variable, path)                                             \
  auto variable##_graph = frontend::import_file(path);                         \
  ASSERT_TRUE(variable##_graph) << variable##_graph.error().to_string();       \
  if (kSanitized && total_maccs(*variable##_graph) > kMaxMaccsWithSanitizer)   \
    GTEST_SKIP() << "too large to run under a sanitizer";                      \
  auto variable##_executor = Executor::create(std::move(*variable##_graph));   \
  ASSERT_TRUE(variable##_executor) << variable##_executor.error().to_string(); \
  Executor& variable = *variable##_executor

class GoldenModel : public ::testing::TestWithParam<GoldenModelRow> {};

TEST_P(GoldenModel, GivesTheSameOutputsOnThePattern) {
  THIMBLE_NEED_SHARED(shared);
  const GoldenModelRow& row = GetParam();
  LOAD_MODEL(executor, shared / "models" / row.model);
  auto golden = read_golden_outputs(shared / "golden/models" / row.golden_file());
  ASSERT_TRUE(golden) << golden.error().to_string();

  auto outputs = executor.run(pattern_inputs(executor.graph()));
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  ASSERT_EQ(outputs->size(), golden->size());
  for (size_t i = 0; i < outputs->size(); ++i) {
    const auto& reference =
        row.arithmetic == Arithmetic::kHybrid ? (*golden)[i].tflite : (*golden)[i].tflm;
    ASSERT_TRUE(reference) << "no reference for output " << i;
    const base::Bytes& ours = (*outputs)[i];
    if (reference->bytes) {
      ir::DataType type = executor.graph().tensor(executor.graph().outputs[i]).type;
      EXPECT_EQ(difference(ours, *reference->bytes, type, tolerance(row.arithmetic)), "");
    }
    if (row.arithmetic == Arithmetic::kInteger) {
      EXPECT_EQ(base::sha256_hex(ours), reference->sha256);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenModel, ::testing::ValuesIn(golden_models()),
                         [](const auto& tested) { return test_name(tested.param.model); });

class GoldenLayers : public ::testing::TestWithParam<GoldenLayersRow> {};

TEST_P(GoldenLayers, HaveTheSameChecksums) {
  THIMBLE_NEED_SHARED(shared);
  const GoldenLayersRow& row = GetParam();
  LOAD_MODEL(executor, shared / "models" / row.model);
  auto layers = read_golden_layers(shared / "golden/layers" / row.layers);
  ASSERT_TRUE(layers) << layers.error().to_string();
  const ir::Graph& graph = executor.graph();
  ASSERT_EQ(graph.nodes.size(), layers->size());

  bool differed = false;  // later layers only repeat the first difference
  auto compare = [&](size_t i, std::span<const base::Bytes> outputs) {
    const GoldenLayer& layer = (*layers)[i];
    EXPECT_EQ(graph.nodes[i].op, layer.op);
    EXPECT_EQ(outputs[0].size(), layer.bytes);
    if (differed || base::crc32(outputs[0]) == layer.crc32) return;
    differed = true;
    ADD_FAILURE() << "layer " << i << " (" << layer.op << ", " << graph.nodes[i].name
                  << ") is the first that differs";
  };
  auto outputs = executor.run(pattern_inputs(graph), compare);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(, GoldenLayers, ::testing::ValuesIn(golden_layers()),
                         [](const auto& tested) { return test_name(tested.param.layers); });

class GoldenSamples : public ::testing::TestWithParam<GoldenSamplesRow> {};

TEST_P(GoldenSamples, GiveTheSameOutputs) {
  THIMBLE_NEED_SHARED(shared);
  const GoldenSamplesRow& row = GetParam();
  LOAD_MODEL(executor, shared / "models" / row.model);
  auto samples = read_golden_samples(shared / "golden/real20" / row.samples);
  ASSERT_TRUE(samples) << samples.error().to_string();
  ir::DataType type = executor.graph().tensor(executor.graph().outputs[0]).type;
  for (const GoldenSample& sample : *samples) {
    auto outputs = executor.run({{sample.input}});
    ASSERT_TRUE(outputs) << outputs.error().to_string();
    const auto& reference = row.arithmetic == Arithmetic::kHybrid ? sample.tflite : sample.tflm;
    EXPECT_EQ(difference((*outputs)[0], to_bytes(reference, type), type, tolerance(row.arithmetic)),
              "")
        << sample.id;
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenSamples, ::testing::ValuesIn(golden_samples()),
                         [](const auto& tested) { return test_name(tested.param.samples); });

// A model that is added to the shared folder must be added to the list too.
TEST(GoldenList, NamesEverySharedModel) {
  THIMBLE_NEED_SHARED(shared);
  std::vector<std::string> listed;
  for (const GoldenModelRow& row : golden_models()) listed.push_back(row.model);
  for (const auto& entry : fs::recursive_directory_iterator(shared / "models"))
    if (entry.path().extension() == ".tflite") {
      std::string model = fs::relative(entry.path(), shared / "models").string();
      EXPECT_NE(std::ranges::find(listed, model), listed.end()) << model << " is not listed";
    }
}

}  // namespace
}  // namespace thimble::testing
