#include "ops/pad_family.h"

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

TEST(Pad, PutsZerosAround) {
  OneOp op("PAD");
  op.input<float>({2, 2}, {1, 2, 3, 4}).constant<int32_t>({2, 2}, {1, 0, 0, 2}).output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{3, 4}));
  EXPECT_THAT(op.run<float>(), ElementsAre(0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0));
}

TEST(Pad, ZeroIsTheZeroPoint) {
  OneOp op("PAD");
  op.input<int8_t>({1}, {9}, quantized(0.5f, -4)).constant<int32_t>({1, 2}, {1, 1});
  EXPECT_THAT(op.output<int8_t>(quantized(0.5f, -4)).run<int8_t>(), ElementsAre(-4, 9, -4));
}

TEST(PadV2, PutsTheValueAround) {
  OneOp op("PADV2");
  op.input<int16_t>({2}, {1, 2}, quantized(1))
      .constant<int32_t>({1, 2}, {2, 0})
      .constant<int16_t>({}, {-300}, quantized(1))
      .output<int16_t>(quantized(1));
  EXPECT_THAT(op.run<int16_t>(), ElementsAre(-300, -300, 1, 2));
}

TEST(Pad, NamesWhatItDoesNotSupport) {
  auto with_paddings = [](ir::Shape shape, std::vector<int32_t> paddings) {
    OneOp op("PAD");
    op.input<float>({2}, {1, 2}).constant<int32_t>(std::move(shape), std::move(paddings));
    return op.output<float>().error();
  };
  EXPECT_THAT(with_paddings({1, 2}, {-1, 0}), HasSubstr("dimension 0 has the paddings -1 and 0"));
  EXPECT_THAT(with_paddings({2, 2}, {0, 0, 0, 0}), HasSubstr("4 paddings for 1 dimensions"));
  EXPECT_THAT(with_paddings({1, 2}, {INT32_MAX, 1}), HasSubstr("too large"));
  OneOp variable("PAD");
  variable.input<float>({1}, {1}).input<int32_t>({1, 2}, {1, 1}).output<float>();
  EXPECT_THAT(variable.error(), HasSubstr("must be a constant"));
}

}  // namespace
}  // namespace thimble::ops
