#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp depthwise(int64_t multiplier = 1, const std::string& padding = "valid") {
  return OneOp("DEPTHWISE_CONV_2D", {{"padding", padding},
                                     {"stride_h", 1},
                                     {"stride_w", 1},
                                     {"dilation_h", 1},
                                     {"dilation_w", 1},
                                     {"depth_multiplier", multiplier},
                                     {"activation", "none"}});
}

TEST(DepthwiseConv2d, EveryChannelHasItsOwnFilter) {
  OneOp op = depthwise();
  op.input<float>({1, 1, 2, 2}, {1, 2, 3, 4})
      .constant<float>({1, 1, 2, 2}, {1, 10, 100, 1000})
      .constant<float>({2}, {0.5f, 0})
      .output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{1, 1, 1, 2}));
  EXPECT_THAT(op.run<float>(), ElementsAre(301.5f, 4020));
}

TEST(DepthwiseConv2d, MultiplierGivesSeveralOutputsPerChannel) {
  OneOp op = depthwise(2);
  op.input<float>({1, 1, 1, 2}, {1, 2}).constant<float>({1, 1, 1, 4}, {1, 2, 3, 4}).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(1, 2, 6, 8));
}

TEST(DepthwiseConv2d, PaddingHoldsTheZeroPoint) {
  OneOp op = depthwise(1, "same");
  op.input<int8_t>({1, 1, 2, 1}, {5, 7}, quantized(1, 5))  // 0 and 2
      .constant<int8_t>({1, 1, 3, 1}, {1, 2, 3}, quantized(1))
      .output<int8_t>(quantized(1));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(6, 4));
}

TEST(DepthwiseConv2d, CountsAsThePaperDoes) {
  OneOp op = depthwise(1, "same");
  op.input<float>({1, 2, 2, 3}, std::vector<float>(12))
      .constant<float>({1, 3, 3, 3}, std::vector<float>(27))
      .output<float>();
  EXPECT_EQ(op.cost().maccs, 4u * 3 * 9);
  EXPECT_EQ(op.cost().paper_maccs, 4 * 3 * 10);
}

TEST(DepthwiseConv2d, RefusesAWrongMultiplier) {
  OneOp op = depthwise(3);
  op.input<float>({1, 1, 1, 2}, {1, 2}).constant<float>({1, 1, 1, 4}, {1, 2, 3, 4}).output<float>();
  EXPECT_THAT(op.error(), HasSubstr("depth multiplier 3"));
  ir::Quantization other_axis{.scales = {1, 1}, .zero_points = {0, 0}, .axis = 0};
  OneOp axis = depthwise();
  axis.input<int8_t>({1, 1, 1, 2}, {1, 2}, quantized(1))
      .constant<int8_t>({1, 1, 1, 2}, {1, 2}, other_axis)
      .output<int8_t>(quantized(1));
  EXPECT_THAT(axis.error(), HasSubstr("dimension 0, expected 3"));
}

}  // namespace
}  // namespace thimble::ops
