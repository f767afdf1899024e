// Every shared model on a simulated board: the firmware's outputs are those of the golden files,
// with portable and with optimized kernels.
#include <gtest/gtest.h>

#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "measure/bench.h"
#include "tests/golden/models.h"
#include "tests/support/golden.h"
#include "tests/support/sanitizer.h"
#include "base/sha256.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using testing::GoldenModelRow;

// MNIST_model's 2.4 MB of weights fit no real board that we know.
std::string board_for(const std::string& model) {
  return model == "mlonmcu/MNIST_model.tflite" ? "cortex-m4-0ws" : "nucleo-l4r5zi";
}

// With sanitizers a run takes minutes where it takes seconds without: one small model of each kind.
bool is_quick(const std::string& model) {
  return model == "tflm/hello_world_int8.tflite" || model == "tflm/keyword_scrambled_8bit.tflite" ||
         model == "mlonmcu/simple_mnist.tflite" || model == "seanet/conv0.tflite";
}

class BenchModels : public ::testing::TestWithParam<std::tuple<GoldenModelRow, bool>> {};

TEST_P(BenchModels, OutputsAreGolden) {
  THIMBLE_NEED_SHARED(shared);
  const auto& [row, optimized] = GetParam();
  if (testing::kSanitized && !is_quick(row.model))
    GTEST_SKIP() << "too slow with sanitizers; runs in the release build";

  auto graph = frontend::import_file(shared / "models" / row.model);
  ASSERT_TRUE(graph) << graph.error().to_string();
  auto board = board::load_board(board_for(row.model));
  ASSERT_TRUE(board) << board.error().to_string();
  auto core = board::load_core(board->core);
  ASSERT_TRUE(core) << core.error().to_string();
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph->inputs) inputs.push_back(exec::pattern_input(graph->tensor(id)));

  measure::BenchOptions options;
  options.optimized_kernels = optimized;
  auto m = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_TRUE(m) << m.error().to_string() << "\n" << m.error().hint;
  EXPECT_TRUE(m->check.match) << m->check.first_difference;

  auto golden = testing::read_golden_outputs(shared / "golden/models" / row.golden_file());
  ASSERT_TRUE(golden) << golden.error().to_string();
  ASSERT_EQ(golden->size(), m->outputs.size());
  if (row.arithmetic != testing::Arithmetic::kInteger)
    return;  // the host is compared in tests/golden
  for (size_t i = 0; i < golden->size(); ++i) {
    const auto& expected = (*golden)[i].tflm ? (*golden)[i].tflm : (*golden)[i].tflite;
    ASSERT_TRUE(expected);
    EXPECT_EQ(base::sha256_hex(m->outputs[i]), expected->sha256) << "output " << i;
  }
}

std::string test_name(const ::testing::TestParamInfo<std::tuple<GoldenModelRow, bool>>& info) {
  std::string name =
      std::get<0>(info.param).model + (std::get<1>(info.param) ? "_optimized" : "_reference");
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shared, BenchModels,
                         ::testing::Combine(::testing::ValuesIn(testing::golden_models()),
                                            ::testing::Bool()),
                         test_name);

}  // namespace
}  // namespace thimble
