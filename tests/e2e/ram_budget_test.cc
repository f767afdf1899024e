// Arenas that are made smaller than the layers one by one need: the same outputs, in more time.
#include <gtest/gtest.h>

#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "measure/bench.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

TEST(RamBudget, TradesTimeForMemory) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  auto graph = frontend::import_file(testing::source_dir() / "models/lenet_int8.tflite");
  ASSERT_TRUE(graph) << graph.error().to_string();
  const auto board = board::load_board("cortex-m4-0ws");
  const auto core = board::load_core(board->core);
  ASSERT_TRUE(board && core);
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph->inputs) inputs.push_back(exec::random_input(graph->tensor(id), 5));

  measure::BenchOptions options;
  auto free = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_TRUE(free) << free.error().to_string();
  const size_t budget = free->ram.arena_bytes / 2;
  options.choices.ram_budget_bytes = budget;
  auto tight = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_TRUE(tight) << tight.error().to_string();

  EXPECT_TRUE(tight->check.match) << tight->check.first_difference;
  EXPECT_EQ(tight->outputs, free->outputs);
  EXPECT_LE(tight->ram.arena_bytes, budget);
  EXPECT_LE(tight->maccs_executed, free->maccs_executed);
  // Bands leave out the row that no window of the last pool reads, so the price is that of what
  // they do compute.
  const auto cycles_per_macc = [](const measure::Measurement& m) {
    return static_cast<double>(m.cycles) / static_cast<double>(m.maccs_executed);
  };
  EXPECT_GT(cycles_per_macc(*tight), cycles_per_macc(*free));
  // Bands share their layer's weights and code.
  EXPECT_EQ(tight->flash.weights_bytes, free->flash.weights_bytes);
  EXPECT_LT(tight->flash.code_bytes, free->flash.code_bytes + 4000);

  options.choices.ram_budget_bytes = 100;
  auto impossible = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_FALSE(impossible);
  EXPECT_EQ(impossible.error().code, base::ErrorCode::kDoesNotFit);
}

}  // namespace
}  // namespace thimble
