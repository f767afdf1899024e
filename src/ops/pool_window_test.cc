#include "ops/pool_window.h"

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

ir::Attributes window(int64_t size, int64_t stride, const char* padding) {
  return {{"filter_h", size},   {"filter_w", size},   {"stride_h", stride},
          {"stride_w", stride}, {"padding", padding}, {"activation", "none"}};
}

TEST(AveragePool, DoesNotCountThePadding) {
  OneOp op("AVERAGE_POOL_2D", window(2, 2, "same"));
  op.input<float>({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(3, 4.5f, 7.5f, 9));
}

TEST(AveragePool, RoundsHalvesAwayFromZero) {
  OneOp op("AVERAGE_POOL_2D", window(2, 2, "valid"));
  // Channels: sums of 6, -6, 5 and -5.
  op.input<int8_t>({1, 2, 2, 4}, {1, -1, 1, -1, 1, -1, 1, -1, 2, -2, 1, -1, 2, -2, 2, -2},
                   quantized(0.5f, 7))
      .output<int8_t>(quantized(0.5f, 7));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(2, -2, 1, -1));
}

TEST(AveragePool, CountsAdditionsAndDivisions) {
  OneOp op("AVERAGE_POOL_2D", window(2, 2, "valid"));
  op.input<float>({1, 4, 4, 3}, std::vector<float>(48)).output<float>();
  EXPECT_EQ(op.cost().flops, 4u * 3 * 5);
  EXPECT_EQ(op.cost().maccs, 0u);
}

TEST(MaxPool, NeverPicksThePadding) {
  OneOp op("MAX_POOL_2D", window(2, 2, "same"));
  op.input<int8_t>({1, 3, 3, 1}, {-9, -8, -7, -6, -5, -4, -3, -2, -1}, quantized(1))
      .output<int8_t>(quantized(1));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(-5, -4, -2, -1));
}

TEST(Pools, NameWhatTheyDoNotSupport) {
  for (const char* name : {"MAX_POOL_2D", "AVERAGE_POOL_2D"}) {
    OneOp rescaled(name, window(1, 1, "valid"));
    rescaled.input<int8_t>({1, 1, 1, 1}, {0}, quantized(1)).output<int8_t>(quantized(2));
    EXPECT_THAT(rescaled.error(), HasSubstr("must have the same scale and zero point"));
    OneOp large(name, window(3, 1, "valid"));
    large.input<float>({1, 2, 2, 1}, {1, 2, 3, 4}).output<float>();
    EXPECT_THAT(large.error(), HasSubstr("3x3 window does not fit"));
    OneOp flat(name, window(1, 1, "valid"));
    flat.input<float>({4}, {1, 2, 3, 4}).output<float>();
    EXPECT_THAT(flat.error(), HasSubstr("expected 4 dimensions"));
  }
}

// Converters may write the scale twice with a rounding error in between.
TEST(Pools, TakeScalesThatAreNearlyTheSame) {
  OneOp op("MAX_POOL_2D", window(1, 1, "valid"));
  op.input<int8_t>({1, 1, 1, 1}, {5}, quantized(0.1f)).output<int8_t>(quantized(0.10000001f));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(5));
}

}  // namespace
}  // namespace thimble::ops
