// The kernels for cores without DSP instructions, as the cross compiler builds them, in the
// simulator: random layers give the host's outputs. Armv6-M has assembly of its own.
#include "measure/bench.h"
#include "tests/cores/random_layers.h"
#include "tests/support/sanitizer.h"

namespace thimble {
namespace {

void expect_host_outputs(const board::Board& board) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  auto core = board::load_core(board.core);
  ASSERT_TRUE(core) << core.error().to_string();
  constexpr int kLayers = 36;
  base::Random random(6);
  for (int i = 0; i < kLayers; ++i) {
    SCOPED_TRACE(fmt::format("layer {}", i));
    // Every third for the kernels of four bits, which are the smallest.
    const bool has_four_bits = i % 3 == 0;
    const auto values =
        has_four_bits ? kernels::testing::Values::kFourBits : kernels::testing::random_kind(random);
    const ir::Graph graph = testing::random_int8_layer(random, values);
    const auto inputs = testing::random_int8_inputs(graph, random);
    measure::BenchOptions options;
    if (has_four_bits) options.choices.prefer = plan::Preference::kSize;
    auto measured = measure::bench(graph, board, *core, inputs, options);
    if (!measured && measured.error().code == base::ErrorCode::kNotFound)
      GTEST_SKIP() << "needs arm-none-eabi-g++";
    ASSERT_TRUE(measured) << measured.error().to_string();
    EXPECT_TRUE(measured->check.match) << measured->check.first_difference;
  }
}

TEST(WithoutDsp, CortexM0PlusAgreesWithTheHost) {
  auto board = board::load_board("nucleo-g0b1re");
  ASSERT_TRUE(board) << board.error().to_string();
  expect_host_outputs(*board);
}

TEST(WithoutDsp, CortexM3AgreesWithTheHost) {
  auto board = board::load_board("cortex-m4-0ws");
  ASSERT_TRUE(board) << board.error().to_string();
  board->core = "cortex-m3";
  board->fpu = false;
  expect_host_outputs(*board);
}

}  // namespace
}  // namespace thimble
