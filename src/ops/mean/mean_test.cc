#include "base/random.h"
#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp mean(bool keep_dims = false) {
  return OneOp("MEAN", {{"keep_dims", int64_t{keep_dims}}});
}

TEST(Mean, ReducesTheNamedDimensions) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6, 7, 8};
  OneOp rows = mean();
  rows.input<float>({2, 2, 2}, values).constant<int32_t>({1}, {1}).output<float>();
  EXPECT_EQ(*rows.shape(), (ir::Shape{2, 2}));
  EXPECT_THAT(rows.run<float>(), ElementsAre(2, 3, 6, 7));
  OneOp outer = mean(true);
  outer.input<float>({2, 2, 2}, values).constant<int32_t>({3}, {0, -1, 2}).output<float>();
  EXPECT_EQ(*outer.shape(), (ir::Shape{1, 2, 1}));
  EXPECT_THAT(outer.run<float>(), ElementsAre(3.5f, 5.5f));
}

TEST(Mean, IntegersFollowTheRealNumbers) {
  base::Random random(1);
  std::vector<int8_t> values;
  for (int i = 0; i < 7 * 9 * 5; ++i)
    values.push_back(static_cast<int8_t>(random.integer(-128, 127)));
  OneOp op = mean();
  op.input<int8_t>({7, 9, 5}, values, quantized(0.1f, 4)).constant<int32_t>({2}, {0, 1});
  const std::vector<int8_t> result = op.output<int8_t>(quantized(0.02f, -3)).run<int8_t>();
  for (size_t channel = 0; channel < 5; ++channel) {
    double sum = 0;
    for (size_t i = channel; i < values.size(); i += 5) sum += 0.1 * (values[i] - 4);
    EXPECT_NEAR(result[channel], sum / 63 / 0.02 - 3, 0.7);  // rounded twice
  }
}

TEST(Mean, NamesWhatItDoesNotSupport) {
  OneOp axis = mean();
  axis.input<float>({2}, {1, 2}).constant<int32_t>({1}, {1}).output<float>();
  EXPECT_THAT(axis.error(), HasSubstr("axis 1 is not one of 1 dimensions"));
  OneOp variable = mean();
  variable.input<float>({2}, {1, 2}).input<int32_t>({1}, {0}).output<float>();
  EXPECT_THAT(variable.error(), HasSubstr("must be a constant"));
}

}  // namespace
}  // namespace thimble::ops
