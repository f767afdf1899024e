#include <cmath>

#include "base/random.h"
#include "ops/op_test_support.h"
#include "ops/softmax/softmax_tables.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

OneOp softmax(double beta = 1) {
  return OneOp("SOFTMAX", {{"beta", beta}});
}

TEST(Softmax, SharesOneBetweenEqualInputs) {
  EXPECT_THAT(softmax().input<float>({2, 2}, {3, 3, -7, -7}).output<float>().run<float>(),
              ElementsAre(0.5f, 0.5f, 0.5f, 0.5f));
  EXPECT_THAT(softmax()
                  .input<int8_t>({4}, {9, 9, 9, 9}, quantized(0.1f, 3))
                  .output<int8_t>(quantized(1.0f / 256, -128))
                  .run<int8_t>(),
              ElementsAre(-64, -64, -64, -64));
}

// Outputs of integers, as real numbers, against the exact function.
template <typename In, typename Out>
double largest_error(float scale, ir::Quantization output, double beta, int32_t depth,
                     base::Random& random) {
  std::vector<In> values;
  for (int32_t i = 0; i < depth; ++i)
    values.push_back(static_cast<In>(
        random.integer(std::numeric_limits<In>::min(), std::numeric_limits<In>::max())));
  const std::vector<Out> out = softmax(beta)
                                   .input<In>({depth}, values, quantized(scale))
                                   .template output<Out>(output)
                                   .template run<Out>();
  double sum = 0, largest = 0;
  const In top = *std::max_element(values.begin(), values.end());
  auto weight = [&](In x) { return std::exp(beta * double{scale} * (x - top)); };
  for (In x : values) sum += weight(x);
  for (size_t i = 0; i < values.size(); ++i) {
    const double ours = double{output.scales[0]} * (out[i] - output.zero_points[0]);
    largest = std::max(largest, std::abs(ours - weight(values[i]) / sum));
  }
  return largest;
}

TEST(Softmax, IntegersFollowTheRealNumbers) {
  base::Random random(1);
  for (float scale : {0.001f, 0.02f, 0.1f, 0.7f, 20.0f})
    for (double beta : {0.5, 1.0, 2.0}) {
      EXPECT_LT(
          (largest_error<int8_t, int8_t>(scale, quantized(1.0f / 256, -128), beta, 12, random)),
          0.6 / 256 + 0.5 / 256);
      EXPECT_LT((largest_error<int8_t, int16_t>(scale, quantized(1.0f / 65536, -32768), beta, 12,
                                                random)),
                2.0 / 65536);
      // Everything far below the largest input still counts as exp(-10).
      EXPECT_LT(
          (largest_error<int16_t, int16_t>(scale / 256, quantized(1.0f / 32768), beta, 12, random)),
          25.0 / 32768);
    }
}

// Sums far beyond one: every output rounds to zero.
TEST(Softmax, TakesLongRows) {
  OneOp op = softmax();
  op.input<int8_t>({4095}, std::vector<int8_t>(4095, 5), quantized(0.1f));
  EXPECT_EQ(op.output<int8_t>(quantized(1.0f / 256, -128)).run<int8_t>(),
            std::vector<int8_t>(4095, -128));
}

TEST(Softmax, ExpTableStopsWhereNothingCounts) {
  const std::vector<int32_t> table = *softmax_exp_table(0.5f, 1);
  EXPECT_EQ(table[0], INT32_MAX);
  EXPECT_NEAR(table[1] * 0x1p-31, std::exp(-0.5), 3e-7);
  EXPECT_EQ(table.size(), 28u);  // exp(-14) is below 2^-20
}

TEST(Softmax, NamesWhatItDoesNotSupport) {
  auto error = [](OneOp op, auto type, ir::Quantization output) {
    return op.output<decltype(type)>(std::move(output)).error();
  };
  const OneOp int8 = softmax().input<int8_t>({2}, {1, 2}, quantized(0.1f));
  EXPECT_THAT(error(int8, int8_t{}, quantized(1.0f / 128, -128)),
              HasSubstr("expected 0.00390625 and -128"));
  EXPECT_THAT(error(int8, int8_t{}, quantized(1.0f / 256, 0)), HasSubstr("expected 0.00390625"));
  EXPECT_THAT(error(int8, float{}, {}), HasSubstr("data type float32 of output"));
  EXPECT_THAT(error(softmax().input<int8_t>({2}, {1, 2}, quantized(1e-9f)), int8_t{},
                    quantized(1.0f / 256, -128)),
              HasSubstr("too small"));
  EXPECT_THAT(
      error(softmax().input<int16_t>({1}, {1}, quantized(10)), int16_t{}, quantized(1.0f / 32768)),
      HasSubstr("too large"));
  EXPECT_THAT(error(softmax().input<float>({}, {1}), float{}, {}), HasSubstr("no dimension"));
  EXPECT_THAT(error(softmax(-1).input<float>({1}, {1}), float{}, {}), HasSubstr("beta is -1"));
  EXPECT_THAT(error(softmax().input<int8_t>({4096}, std::vector<int8_t>(4096), quantized(0.1f)),
                    int8_t{}, quantized(1.0f / 256, -128)),
              HasSubstr("at most 4095"));
}

}  // namespace
}  // namespace thimble::ops
