#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

struct Options {
  std::string padding = "valid";
  int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::string activation = "none";
};

OneOp conv(const Options& o = {}) {
  return OneOp("CONV_2D", {{"padding", o.padding},
                           {"stride_h", o.stride_h},
                           {"stride_w", o.stride_w},
                           {"dilation_h", o.dilation_h},
                           {"dilation_w", o.dilation_w},
                           {"activation", o.activation}});
}

const std::vector<float> kNine = {1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(Conv2d, SumsTheWindowAndAddsTheBias) {
  OneOp op = conv();
  op.input<float>({1, 3, 3, 1}, kNine)
      .constant<float>({1, 2, 2, 1}, {1, 0, 0, 10})
      .constant<float>({1}, {0.5f})
      .output<float>();
  EXPECT_EQ(*op.shape(), (ir::Shape{1, 2, 2, 1}));
  EXPECT_THAT(op.run<float>(), ElementsAre(51.5f, 62.5f, 84.5f, 95.5f));
}

TEST(Conv2d, PaddingCountsAsZero) {
  OneOp op = conv({.padding = "same"});
  op.input<float>({1, 3, 3, 1}, kNine).constant<float>({1, 3, 3, 1}, std::vector<float>(9, 1));
  op.output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(12, 21, 16, 27, 45, 33, 24, 39, 28));
}

TEST(Conv2d, StridesDilationAndActivation) {
  OneOp op = conv({.padding = "same", .stride_h = 2, .stride_w = 2});
  op.input<float>({1, 3, 3, 1}, kNine).constant<float>({1, 1, 1, 1}, {1}).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(1, 3, 7, 9));
  OneOp dilated = conv({.dilation_h = 2, .dilation_w = 2, .activation = "relu6"});
  dilated.input<float>({1, 3, 3, 1}, kNine).constant<float>({1, 2, 2, 1}, {1, 0, 0, 1});
  EXPECT_THAT(dilated.output<float>().run<float>(), ElementsAre(6));  // 1 + 9, clamped
}

TEST(Conv2d, GroupsReadTheirOwnChannels) {
  OneOp op = conv();
  op.input<float>({1, 1, 1, 4}, {1, 2, 3, 4})
      .constant<float>({2, 1, 1, 2}, {1, 10, 1, 10})
      .output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(21, 43));
}

TEST(Conv2d, QuantizedPerChannel) {
  ir::Quantization per_channel{.scales = {0.5f, 0.25f}, .zero_points = {0, 0}, .axis = 0};
  OneOp op = conv();
  // Real inputs 1 and 2; weights 1, 1 and -2, 0.25; bias 1 and 0; output scale 0.5, zero point -1.
  op.input<int8_t>({1, 1, 1, 2}, {7, 9}, quantized(0.5f, 5))
      .constant<int8_t>({2, 1, 1, 2}, {2, 2, -8, 1}, per_channel)
      .constant<int32_t>({2}, {4, 0}, quantized(0.25f))
      .output<int8_t>(quantized(0.5f, -1));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(7, -4));  // 4 / 0.5 - 1; -1.5 / 0.5 - 1
}

TEST(Conv2d, HybridQuantizesTheInput) {
  OneOp op = conv();
  // One scale: symmetric, 127 steps to the largest input, which the values here meet exactly.
  op.input<float>({1, 1, 1, 2}, {12.7f, -3.0f})
      .constant<int8_t>({1, 1, 1, 2}, {10, 20}, quantized(0.1f))
      .output<float>();
  EXPECT_NEAR(op.run<float>()[0], 12.7f - 6.0f, 1e-5f);
}

TEST(Conv2d, CountsAsThePapersDo) {
  OneOp op = conv({.padding = "same", .activation = "relu"});
  op.input<float>({1, 3, 3, 1}, kNine)
      .constant<float>({2, 3, 3, 1}, std::vector<float>(18))
      .constant<float>({2}, {0, 0})
      .output<float>();
  const Cost cost = op.cost();
  EXPECT_EQ(cost.maccs, 9u * 9 * 2);
  EXPECT_EQ(cost.flops, 2 * cost.maccs + 18 + 18);
  EXPECT_EQ(cost.paper_maccs, 9 * 10 * 2);
}

TEST(Conv2d, RefusesWhatDoesNotFit) {
  auto with_weights = [](ir::Shape shape, const Options& options = {}) {
    OneOp op = conv(options);
    const auto count = static_cast<size_t>(ir::element_count(shape));
    op.input<float>({1, 3, 3, 1}, kNine).constant<float>(shape, std::vector<float>(count));
    return op.output<float>().error();
  };
  EXPECT_EQ(with_weights({1, 3, 3, 1}), "");
  EXPECT_THAT(with_weights({1, 3, 3, 2}), HasSubstr("do not fit"));
  EXPECT_THAT(with_weights({1, 4, 4, 1}), HasSubstr("does not fit into"));
  EXPECT_THAT(with_weights({3, 3, 1}), HasSubstr("expected 4 dimensions"));
  EXPECT_THAT(with_weights({1, 3, 3, 1}, {.padding = "full"}), HasSubstr("padding is full"));
  EXPECT_THAT(with_weights({1, 3, 3, 1}, {.stride_w = 0}), HasSubstr("stride_w is 0"));
  EXPECT_THAT(with_weights({1, 3, 3, 1}, {.activation = "tanh"}), HasSubstr("tanh"));
}

TEST(Conv2d, RefusesOperandsItCannotUse) {
  OneOp no_constant = conv();
  no_constant.input<float>({1, 3, 3, 1}, kNine).input<float>({1, 1, 1, 1}, {1}).output<float>();
  EXPECT_THAT(no_constant.error(), HasSubstr("must be a constant"));
  OneOp wrong_bias = conv();
  wrong_bias.input<float>({1, 3, 3, 1}, kNine)
      .constant<float>({1, 1, 1, 1}, {1})
      .constant<float>({2}, {1, 1})
      .output<float>();
  EXPECT_THAT(wrong_bias.error(), HasSubstr("has 2 elements, expected 1"));
  OneOp zero_point = conv();
  zero_point.input<int8_t>({1, 1, 1, 1}, {1}, quantized(1))
      .constant<int8_t>({1, 1, 1, 1}, {1}, quantized(1, 3))
      .output<int8_t>(quantized(1));
  EXPECT_THAT(zero_point.error(), HasSubstr("zero point 3"));
  OneOp large_factor = conv();
  large_factor.input<int8_t>({1, 1, 1, 1}, {1}, quantized(1e10f))
      .constant<int8_t>({1, 1, 1, 1}, {1}, quantized(1e10f))
      .output<int8_t>(quantized(1));
  EXPECT_THAT(large_factor.error(), HasSubstr("too large"));
}

// Strides may be up to 65,536: distances in scratch memory get beyond 32 bits.
TEST(Conv2d, AbsurdStridesLeaveThePackedKernelsOut) {
  constexpr int32_t kChannels = 1 << 14;
  OneOp op = conv({.padding = "same", .stride_h = 1 << 16, .stride_w = 1 << 16});
  op.input<int8_t>({1, 1, 1, kChannels}, std::vector<int8_t>(kChannels, 1), quantized(1))
      .constant<int8_t>({4, 1, 1, kChannels}, std::vector<int8_t>(4 * kChannels, 1), quantized(1))
      .output<int8_t>(quantized(1));
  const auto lowerings = op.lower({.dsp = true});
  ASSERT_TRUE(lowerings) << lowerings.error().to_string();
  for (const Lowering& way : lowerings->ways) EXPECT_THAT(way.variant, Not(HasSubstr("packed")));
}

// Where code has to be small, layers of other shapes call the same function.
TEST(Conv2d, SmallCodeIsShared) {
  const auto function = [](int32_t in_c, bool small_code) {
    OneOp op = conv();
    const auto count = static_cast<size_t>(in_c);
    op.input<int8_t>({1, 4, 4, in_c}, std::vector<int8_t>(16 * count, 1), quantized(1))
        .constant<int8_t>({4, 1, 1, in_c}, std::vector<int8_t>(4 * count, 1), quantized(1))
        .output<int8_t>(quantized(200));
    const auto lowerings = op.lower({.dsp = true, .fpu = true, .small_code = small_code});
    return lowerings ? lowerings->ways.front().calls[0].function : lowerings.error().to_string();
  };
  EXPECT_NE(function(8, false), function(64, false));
  for (int32_t in_c : {3, 8, 30, 64, 128})
    EXPECT_EQ(function(in_c, true), "conv_s8_packed_pixels<384, 0, false, 0>") << in_c;
}

}  // namespace
}  // namespace thimble::ops
