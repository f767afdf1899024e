// Weights that are copied to RAM when the program starts: the same outputs, in less time where
// flash is slow, for as many bytes of RAM.
#include <gtest/gtest.h>

#include "exec/executor.h"
#include "frontend/tflite/import.h"
#include "measure/bench.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

TEST(WeightsInRam, AreReadWithoutWaiting) {
  auto graph = frontend::import_file(testing::source_dir() / "models/lenet_int8.tflite");
  ASSERT_TRUE(graph) << graph.error().to_string();
  auto board = board::load_board("nucleo-l4r5zi");
  ASSERT_TRUE(board) << board.error().to_string();
  auto core = board::load_core(board->core);
  ASSERT_TRUE(core) << core.error().to_string();
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph->inputs) inputs.push_back(exec::pattern_input(graph->tensor(id)));

  measure::BenchOptions options;
  auto in_flash = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_TRUE(in_flash) << in_flash.error().to_string();
  options.choices.layers.assign(graph->nodes.size(), {.weights_in_ram = true});
  auto in_ram = measure::bench(*graph, *board, *core, inputs, options);
  ASSERT_TRUE(in_ram) << in_ram.error().to_string();

  EXPECT_TRUE(in_ram->check.match);
  EXPECT_EQ(in_ram->outputs, in_flash->outputs);
  EXPECT_LT(in_ram->cycles, in_flash->cycles);
  EXPECT_EQ(in_flash->ram.weights_bytes, 0u);
  EXPECT_GT(in_ram->ram.weights_bytes, 70'000u);
  EXPECT_NEAR(static_cast<double>(in_ram->ram.static_bytes),
              static_cast<double>(in_flash->ram.static_bytes), 64);
  EXPECT_NEAR(static_cast<double>(in_ram->flash.code_bytes),
              static_cast<double>(in_flash->flash.code_bytes), 256);
}

}  // namespace
}  // namespace thimble
