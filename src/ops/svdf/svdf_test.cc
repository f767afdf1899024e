#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp svdf(int64_t rank, const char* activation = "none") {
  return OneOp(
      "SVDF",
      {{"rank", rank}, {"activation", activation}, {"asymmetric_quantize_inputs", int64_t{0}}});
}

// Two filters of two inputs and a memory of three, added to one unit.
TEST(Svdf, RemembersItsActivations) {
  OneOp op = svdf(2);
  op.input<float>({1, 2}, {1, 2})
      .constant<float>({2, 2}, {1, 0, 0, 1})              // activations 1 and 2
      .constant<float>({2, 3}, {100, 10, 1, 100, 10, 1})  // oldest first
      .constant<float>({1}, {0.5f})
      .state<float>({1, 6}, std::vector<float>(6))
      .output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{1, 1}));
  EXPECT_THAT(op.run<float>(), ElementsAre(3.5f));
  EXPECT_THAT(op.run<float>(), ElementsAre(33.5f));
  EXPECT_THAT(op.run<float>(), ElementsAre(333.5f));
  EXPECT_THAT(op.run<float>(), ElementsAre(333.5f));
  EXPECT_EQ(op.cost().maccs, 2u * (2 + 3));
}

TEST(Svdf, WorksOnIntegers) {
  OneOp op = svdf(1, "relu");
  op.input<int8_t>({1, 2}, {11, 21}, quantized(0.5f, 1))         // 5 and 10
      .constant<int8_t>({2, 2}, {2, 0, 0, -2}, quantized(0.5f))  // activations 5 and -10
      .constant<int16_t>({2, 2}, {1, 2, 1, 2}, quantized(1))     // 0.5 ... 1 below
      .absent()
      .state<int16_t>({1, 4}, {0, 0, 0, 0}, quantized(0.25f))
      .output<int8_t>(quantized(1, -128));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(-118, -128));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(-113, -128));
}

// The error of a float layer with these operands.
TEST(Svdf, NamesWhatItDoesNotSupport) {
  OneOp rank = svdf(2);
  rank.input<float>({1, 1}, {1}).constant<float>({3, 1}, {1, 1, 1});
  rank.constant<float>({3, 1}, {1, 1, 1}).absent().state<float>({1, 3}, {0, 0, 0});
  EXPECT_THAT(rank.output<float>().error(), HasSubstr("rank is 2, but there are 3 filters"));
  OneOp state = svdf(1);
  state.input<float>({1, 1}, {1}).constant<float>({1, 1}, {1}).constant<float>({1, 1}, {1});
  EXPECT_THAT(OneOp(state).absent().output<float>().error(), HasSubstr("input 4) is absent"));
  EXPECT_THAT(OneOp(state).absent().input<float>({1, 1}, {0}).output<float>().error(),
              HasSubstr("is not a variable"));
  EXPECT_THAT(OneOp(state).absent().state<float>({1, 2}, {0, 0}).output<float>().error(),
              HasSubstr("do not fit together"));
  OneOp clamped = svdf(1, "relu");
  clamped.input<int8_t>({1, 1}, {1}, quantized(1)).constant<int8_t>({1, 1}, {1}, quantized(1));
  clamped.constant<int16_t>({1, 1}, {1}, quantized(1)).absent();
  clamped.state<int16_t>({1, 1}, {0}, quantized(1)).output<int8_t>(quantized(1, 3));
  EXPECT_THAT(clamped.error(), HasSubstr("relu with the output zero point 3"));
}

}  // namespace
}  // namespace thimble::ops
