// The assembly of the 3x3 depthwise kernels, which the host does not run: random layers on
// simulated boards against the host's executor.
#include <gtest/gtest.h>

#include "kernels/mac_test_support.h"
#include "measure/bench.h"
#include "tests/support/sanitizer.h"

namespace thimble {
namespace {

namespace kt = kernels::testing;

struct Layer {
  int32_t stride;
  const char* padding;
};

// A few layers one after another, so that one program tests them all.
ir::Graph random_chain(base::Random& random, kt::Values values) {
  constexpr Layer kLayers[] = {{1, "same"}, {2, "same"}, {1, "valid"}, {1, "same"}, {2, "valid"}};
  kt::GraphBuilder builder;
  auto size = [&](int64_t low, int64_t high) {
    return static_cast<int32_t>(random.integer(low, high));
  };
  const int32_t channels = size(4, 13);
  ir::TensorId tensor = ir::kNoTensor;
  for (const Layer& layer : kLayers) {
    // The last one has factors of 1 and above now and then.
    const bool shifts_left = &layer == std::end(kLayers) - 1 && random.integer(0, 1) == 1;
    kt::RandomMacLayer numbers(builder, random, kt::Mode::kS8,
                               shifts_left ? kt::Values::kLeftShift : values);
    if (tensor == ir::kNoTensor)
      tensor = builder.input(ir::DataType::kInt8, {1, size(14, 27), size(14, 27), channels},
                             numbers.input_quantization());
    const ir::TensorId weights = numbers.weights({1, 3, 3, channels}, 3, 9);
    tensor = builder.node("DEPTHWISE_CONV_2D", {tensor, weights, numbers.bias()},
                          {{"padding", layer.padding},
                           {"stride_h", layer.stride},
                           {"stride_w", layer.stride},
                           {"dilation_h", 1},
                           {"dilation_w", 1},
                           {"depth_multiplier", 1},
                           {"activation", numbers.activation()}},
                          ir::DataType::kInt8, numbers.output_quantization());
  }
  return builder.graph();
}

class DepthwiseOnBoards : public ::testing::TestWithParam<const char*> {};

TEST_P(DepthwiseOnBoards, MatchesTheHost) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  auto board = board::load_board(GetParam());
  ASSERT_TRUE(board) << board.error().to_string();
  auto core = board::load_core(board->core);
  ASSERT_TRUE(core) << core.error().to_string();
  base::Random random(3);
  for (int i = 0; i < 5; ++i) {
    SCOPED_TRACE(i);
    const ir::Graph graph =
        random_chain(random, i < 3 ? kt::Values::kTypical : kt::Values::kFourBits);
    const std::vector<base::Bytes> inputs = kt::random_inputs(graph, random);
    auto measurement = measure::bench(graph, *board, *core, inputs, {});
    ASSERT_TRUE(measurement) << measurement.error().to_string();
    EXPECT_TRUE(measurement->check.match) << measurement->check.first_difference;
  }
}

INSTANTIATE_TEST_SUITE_P(Boards, DepthwiseOnBoards,
                         ::testing::Values("cortex-m4-0ws", "nucleo-f767zi", "nrf5340dk"));

}  // namespace
}  // namespace thimble
