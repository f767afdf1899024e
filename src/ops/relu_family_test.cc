#include "ops/relu_family.h"

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

TEST(Relu, ClampsFloats) {
  EXPECT_THAT(OneOp("RELU").input<float>({3}, {-1, 0, 7}).output<float>().run<float>(),
              ElementsAre(0, 0, 7));
  EXPECT_THAT(OneOp("RELU6").input<float>({3}, {-1, 2, 7}).output<float>().run<float>(),
              ElementsAre(0, 2, 6));
}

TEST(Relu, ClampsIntegersAtTheZeroPoint) {
  OneOp op("RELU6");
  op.input<int8_t>({4}, {-128, -10, 0, 127}, quantized(0.1f, -10))
      .output<int8_t>(quantized(0.1f, -10));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(-10, -10, 0, 50));
}

TEST(Relu, ChangesTheScale) {
  OneOp op("RELU");
  op.input<int16_t>({3}, {-100, 10, 20000}, quantized(0.5f)).output<int16_t>(quantized(0.25f));
  EXPECT_THAT(op.run<int16_t>(), ElementsAre(0, 20, 32767));
}

OneOp leaky_relu(double alpha) {
  return OneOp("LEAKY_RELU", {{"alpha", alpha}});
}

TEST(LeakyRelu, ScalesWhatIsNegative) {
  EXPECT_THAT(leaky_relu(0.5).input<float>({3}, {-4, 0, 4}).output<float>().run<float>(),
              ElementsAre(-2, 0, 4));
  EXPECT_THAT(leaky_relu(-2).input<float>({2}, {-4, 4}).output<float>().run<float>(),
              ElementsAre(8, 4));
}

TEST(LeakyRelu, WorksOnIntegers) {
  for (double alpha : {0.5, -0.5}) {
    const int sign = alpha < 0 ? -1 : 1;
    EXPECT_THAT(leaky_relu(alpha)
                    .input<int8_t>({3}, {-17, 3, 23}, quantized(0.5f, 3))
                    .output<int8_t>(quantized(0.25f, 1))
                    .run<int8_t>(),
                ElementsAre(1 - sign * 20, 1, 41));
    EXPECT_THAT(leaky_relu(alpha)
                    .input<int16_t>({3}, {-20, 0, 20}, quantized(0.5f))
                    .output<int16_t>(quantized(0.25f))
                    .run<int16_t>(),
                ElementsAre(-sign * 20, 0, 40));
  }
}

TEST(Relu, NamesWhatItDoesNotSupport) {
  OneOp op("RELU");
  op.input<uint8_t>({1}, {1}, quantized(1)).output<uint8_t>(quantized(1));
  EXPECT_THAT(op.error(), HasSubstr("data type uint8 of input"));
  OneOp shifted("RELU");
  shifted.input<int16_t>({1}, {1}, quantized(1, 1)).output<int16_t>(quantized(1));
  EXPECT_THAT(shifted.error(), HasSubstr("zero point 1, expected 0 to 0"));
}

}  // namespace
}  // namespace thimble::ops
