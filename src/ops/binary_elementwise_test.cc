#include "ops/binary_elementwise.h"

#include "base/random.h"
#include "ops/broadcast.h"
#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

ir::Attributes activation(const char* name) {
  return {{"activation", name}};
}

TEST(BinaryElementwise, WorksOnFloats) {
  for (auto [name, expected] : std::vector<std::pair<std::string, std::vector<float>>>{
           {"ADD", {3, 1}}, {"SUB", {-1, -7}}, {"MUL", {2, -12}}}) {
    OneOp op(name, activation("none"));
    op.input<float>({2}, {1, -3}).input<float>({2}, {2, 4}).output<float>();
    EXPECT_EQ(op.run<float>(), expected) << name;
  }
}

TEST(BinaryElementwise, ClampsToTheFusedActivation) {
  OneOp op("ADD", activation("relu6"));
  op.input<float>({3}, {-5, 1, 5}).input<float>({1}, {2}).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(0, 3, 6));
}

TEST(BinaryElementwise, RepeatsTheSmallerOperand) {
  OneOp op("SUB", activation("none"));
  op.input<float>({2, 1}, {10, 20}).input<float>({3}, {1, 2, 3}).output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{2, 3}));
  EXPECT_THAT(op.run<float>(), ElementsAre(9, 8, 7, 19, 18, 17));
}

// Each integer result is within a step of the real one.
TEST(BinaryElementwise, IntegersFollowTheRealNumbers) {
  base::Random random(1);
  const ir::Quantization a = quantized(0.05f, -3), b = quantized(0.03f, 20),
                         out = quantized(0.2f, 5);
  for (const char* name : {"ADD", "SUB", "MUL"}) {
    OneOp op(name, activation("none"));
    std::vector<int8_t> x, y;
    for (int i = 0; i < 500; ++i) {
      x.push_back(static_cast<int8_t>(random.integer(-128, 127)));
      y.push_back(static_cast<int8_t>(random.integer(-128, 127)));
    }
    op.input<int8_t>({500}, x, a).input<int8_t>({500}, y, b).output<int8_t>(out);
    const std::vector<int8_t> result = op.run<int8_t>();
    for (size_t i = 0; i < result.size(); ++i) {
      const double p = 0.05 * (x[i] + 3), q = 0.03 * (y[i] - 20);
      const double real = name[0] == 'A' ? p + q : name[0] == 'S' ? p - q : p * q;
      const double expected = std::clamp(real / 0.2 + 5, -128.0, 127.0);
      EXPECT_NEAR(result[i], expected, 0.51) << name;
    }
  }
}

TEST(BinaryElementwise, CountsOperationsWithTheActivation) {
  OneOp op("ADD", activation("relu6"));
  op.input<float>({2, 5}, std::vector<float>(10)).input<float>({5}, std::vector<float>(5));
  EXPECT_EQ(op.output<float>().cost().flops, 30u);
  EXPECT_EQ(op.cost().maccs, 0u);
}

TEST(BinaryElementwise, NamesWhatItDoesNotSupport) {
  OneOp shapes("ADD", activation("none"));
  shapes.input<float>({2, 3}, std::vector<float>(6)).input<float>({2}, {1, 2}).output<float>();
  EXPECT_THAT(shapes.error(), HasSubstr("shapes 2x3 and 2 cannot be combined"));
  OneOp types("ADD", activation("none"));
  types.input<float>({1}, {1}).input<int8_t>({1}, {1}, quantized(1)).output<float>();
  EXPECT_THAT(types.error(), HasSubstr("is float32 but"));
  OneOp scale("ADD", activation("none"));
  scale.input<int8_t>({1}, {1}, quantized(1e6f)).input<int8_t>({1}, {1}, quantized(1));
  EXPECT_THAT(scale.output<int8_t>(quantized(1e-6f)).error(), HasSubstr("too small"));
  OneOp fused("ADD", activation("tanh"));
  fused.input<float>({1}, {1}).input<float>({1}, {1}).output<float>();
  EXPECT_THAT(fused.error(), HasSubstr("fused activation tanh"));
}

TEST(Broadcast, MergesDimensionsThatAreWalkedTogether) {
  auto loops = [](const ir::Shape& a, const ir::Shape& b) {
    const auto broadcast = Broadcast::of(a, b);
    return std::vector<int32_t>(broadcast->extents.begin(), broadcast->extents.end());
  };
  EXPECT_THAT(loops({2, 3, 4, 5}, {2, 3, 4, 5}), ElementsAre(1, 1, 1, 1, 1, 120));
  EXPECT_THAT(loops({2, 3, 4, 5}, {1}), ElementsAre(1, 1, 1, 1, 1, 120));
  EXPECT_THAT(loops({2, 3, 4, 5}, {5}), ElementsAre(1, 1, 1, 1, 24, 5));
  EXPECT_THAT(loops({2, 1, 4, 5}, {3, 1, 1}), ElementsAre(1, 1, 1, 2, 3, 20));
  EXPECT_THAT(loops({}, {}), ElementsAre(1, 1, 1, 1, 1, 1));
}

}  // namespace
}  // namespace thimble::ops
