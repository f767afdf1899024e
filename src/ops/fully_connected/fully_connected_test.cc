#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp fully_connected(int64_t keep_num_dims = 0, int64_t asymmetric = 0) {
  return OneOp("FULLY_CONNECTED", {{"activation", "none"},
                                   {"keep_num_dims", keep_num_dims},
                                   {"asymmetric_quantize_inputs", asymmetric}});
}

TEST(FullyConnected, MultipliesRows) {
  OneOp op = fully_connected();
  op.input<float>({2, 2}, {1, 2, 3, 4})
      .constant<float>({3, 2}, {1, 0, 0, 1, 1, 1})
      .constant<float>({3}, {0, 0, 10})
      .output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{2, 3}));
  EXPECT_THAT(op.run<float>(), ElementsAre(1, 2, 13, 3, 4, 17));
}

TEST(FullyConnected, FlattensOrKeepsTheDimensions) {
  OneOp flat = fully_connected();
  flat.input<float>({1, 2, 2, 1}, {1, 2, 3, 4}).constant<float>({1, 4}, {1, 1, 1, 1});
  EXPECT_EQ(*flat.output<float>().shape(), (ir::Shape{1, 1}));
  OneOp kept = fully_connected(1);
  kept.input<float>({1, 2, 2}, {1, 2, 3, 4}).constant<float>({3, 2}, std::vector<float>(6));
  EXPECT_EQ(*kept.output<float>().shape(), (ir::Shape{1, 2, 3}));
}

TEST(FullyConnected, WeightsMayHaveAZeroPoint) {
  OneOp op = fully_connected();
  op.input<int8_t>({1, 2}, {3, 4}, quantized(1, 2))          // 1, 2
      .constant<int8_t>({1, 2}, {11, 13}, quantized(1, 10))  // 1, 3
      .constant<int32_t>({1}, {100})
      .output<int8_t>(quantized(1, -7));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(100));
}

// 1.0 lies between two steps, and which is nearer depends on the scheme: 84.67 steps of 1.5 / 127,
// 170 of 1.5 / 255.
TEST(FullyConnected, HybridRowsAreQuantizedOneByOne) {
  for (int64_t asymmetric : {0, 1}) {
    OneOp op = fully_connected(0, asymmetric);
    op.input<float>({2, 2}, {1.5f, 1.0f, 1000, 1000})
        .constant<int8_t>({1, 2}, {0, 1}, quantized(1))
        .output<float>();
    const float expected = asymmetric ? 170 * (1.5f / 255) : 85 * (1.5f / 127);
    EXPECT_NEAR(op.run<float>()[0], expected, 1e-5f);
    EXPECT_NEAR(op.run<float>()[1], 1000, 1e-2f);
  }
}

TEST(FullyConnected, CountsAsThePaperDoes) {
  OneOp op = fully_connected();
  op.input<float>({1, 4}, {1, 2, 3, 4}).constant<float>({3, 4}, std::vector<float>(12));
  op.output<float>();
  EXPECT_EQ(op.cost().maccs, 12u);
  EXPECT_EQ(op.cost().paper_maccs, 15);  // equation 2: as many as parameters
}

TEST(FullyConnected, RefusesWhatDoesNotFit) {
  OneOp op = fully_connected();
  op.input<float>({1, 3}, {1, 2, 3}).constant<float>({1, 2}, {1, 1}).output<float>();
  EXPECT_THAT(op.error(), HasSubstr("do not fit"));
}

}  // namespace
}  // namespace thimble::ops
