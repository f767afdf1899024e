#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp concatenation(int64_t axis, const char* activation = "none") {
  return OneOp("CONCATENATION", {{"axis", axis}, {"activation", activation}});
}

TEST(Concatenation, JoinsAlongADimension) {
  for (int64_t axis : {-1, 1}) {
    OneOp op = concatenation(axis);
    op.input<float>({2, 1}, {1, 2}).input<float>({2, 2}, {3, 4, 5, 6}).output<float>();
    EXPECT_EQ(*op.shape(), (ir::Shape{2, 3}));
    EXPECT_THAT(op.run<float>(), ElementsAre(1, 3, 4, 2, 5, 6));
  }
  OneOp rows = concatenation(0);
  rows.input<int8_t>({1, 2}, {1, 2}, quantized(1)).constant<int8_t>({1, 2}, {3, 4}, quantized(1));
  EXPECT_THAT(rows.output<int8_t>(quantized(1)).run<int8_t>(), ElementsAre(1, 2, 3, 4));
}

TEST(Concatenation, NamesWhatItDoesNotSupport) {
  OneOp shapes = concatenation(0);
  shapes.input<float>({1, 2}, {1, 2}).input<float>({1, 1}, {3}).output<float>();
  EXPECT_THAT(shapes.error(), HasSubstr("shapes 1x2 and 1x1 do not fit along dimension 0"));
  OneOp scales = concatenation(0);
  scales.input<int8_t>({1}, {1}, quantized(1)).input<int8_t>({1}, {1}, quantized(2));
  EXPECT_THAT(scales.output<int8_t>(quantized(1)).error(), HasSubstr("the same scale"));
  OneOp fused = concatenation(0, "relu");
  fused.input<float>({1}, {1}).output<float>();
  EXPECT_THAT(fused.error(), HasSubstr("fused activation relu"));
  EXPECT_THAT(concatenation(0).output<float>().error(), HasSubstr("has 0 inputs"));
}

}  // namespace
}  // namespace thimble::ops
