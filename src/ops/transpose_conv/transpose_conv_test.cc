#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp transpose_conv(const std::string& padding, int64_t stride) {
  return OneOp(
      "TRANSPOSE_CONV",
      {{"padding", padding}, {"stride_h", stride}, {"stride_w", stride}, {"activation", "none"}});
}

TEST(TransposeConv, AddsAFilterPerInput) {
  OneOp op = transpose_conv("valid", 2);
  op.constant<int32_t>({4}, {1, 1, 5, 1})
      .constant<float>({1, 1, 3, 1}, {1, 10, 100})
      .input<float>({1, 1, 2, 1}, {1, 2})
      .constant<float>({1}, {0.5f})
      .output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{1, 1, 5, 1}));
  EXPECT_THAT(op.run<float>(), ElementsAre(1.5f, 10.5f, 102.5f, 20.5f, 200.5f));
  EXPECT_EQ(op.cost().maccs, 6u);
}

TEST(TransposeConv, SamePaddingCutsBothEnds) {
  OneOp op = transpose_conv("same", 1);
  op.constant<int32_t>({4}, {1, 1, 2, 1})
      .constant<float>({1, 1, 3, 1}, {1, 10, 100})
      .input<float>({1, 1, 2, 1}, {1, 2})
      .output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(12, 120));
}

TEST(TransposeConv, ZeroPointsCancel) {
  OneOp op = transpose_conv("valid", 2);
  op.constant<int32_t>({4}, {1, 1, 3, 1})
      .constant<int8_t>({1, 1, 1, 1}, {3}, quantized(1))
      .input<int8_t>({1, 1, 2, 1}, {6, 7}, quantized(1, 5))
      .output<int8_t>(quantized(1, -2));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(1, -2, 4));
}

TEST(TransposeConv, RefusesShapesThatDoNotMatch) {
  OneOp op = transpose_conv("same", 2);
  op.constant<int32_t>({4}, {1, 1, 9, 1})
      .constant<float>({1, 1, 3, 1}, {1, 10, 100})
      .input<float>({1, 1, 2, 1}, {1, 2})
      .output<float>();
  EXPECT_THAT(op.error(), HasSubstr("does not lead from an input of 1x1x2x1 to 1x9"));
  OneOp hybrid = transpose_conv("same", 2);
  hybrid.constant<int32_t>({4}, {1, 1, 4, 1})
      .constant<int8_t>({1, 1, 3, 1}, {1, 10, 100}, quantized(1))
      .input<float>({1, 1, 2, 1}, {1, 2})
      .output<float>();
  EXPECT_THAT(hybrid.error(), HasSubstr("int8 weights are not supported"));
}

}  // namespace
}  // namespace thimble::ops
