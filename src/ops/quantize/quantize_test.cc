#include <cmath>
#include <limits>

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

TEST(Quantize, RoundsHalvesAwayFromZero) {
  OneOp op("QUANTIZE");
  op.input<float>({6}, {0, 0.25f, 0.74f, -0.25f, -0.74f, 0.2499f})
      .output<int8_t>(quantized(0.5f, 3));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(3, 4, 4, 2, 2, 3));
}

TEST(Quantize, SaturatesWhatTheTypeCannotHold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  OneOp op("QUANTIZE");
  op.input<float>({6}, {64, -64, 1e30f, kInfinity, -kInfinity, std::nanf("")});
  EXPECT_THAT(OneOp(op).output<int8_t>(quantized(0.25f)).run<int8_t>(),
              ElementsAre(127, -128, 127, 127, -128, -128));
  EXPECT_THAT(OneOp(op).output<uint8_t>(quantized(0.25f, 10)).run<uint8_t>(),
              ElementsAre(255, 0, 255, 255, 0, 0));
}

TEST(Quantize, ChangesScaleAndZeroPoint) {
  OneOp op("QUANTIZE");
  op.input<int8_t>({4}, {-128, 0, 1, 127}, quantized(0.5f, -1));
  // 2 (x + 1) + 7, and the same in wider types
  EXPECT_THAT(OneOp(op).output<int8_t>(quantized(0.25f, 7)).run<int8_t>(),
              ElementsAre(-128, 9, 11, 127));
  EXPECT_THAT(OneOp(op).output<int16_t>(quantized(0.25f, 7)).run<int16_t>(),
              ElementsAre(-247, 9, 11, 263));
  EXPECT_THAT(OneOp(op).output<int32_t>(quantized(0.25f, 7)).run<int32_t>(),
              ElementsAre(-247, 9, 11, 263));
}

TEST(Quantize, MovesBytesBetweenSignedAndUnsigned) {
  OneOp op("QUANTIZE");
  op.input<uint8_t>({3}, {0, 128, 255}, quantized(0.5f, 128)).output<int8_t>(quantized(0.5f, 0));
  EXPECT_THAT(op.run<int8_t>(), ElementsAre(-128, 0, 127));
}

TEST(Quantize, NamesWhatItDoesNotSupport) {
  OneOp wide("QUANTIZE");
  wide.input<float>({1}, {0}).output<int32_t>(quantized(1));
  EXPECT_THAT(wide.error(), HasSubstr("data type int32 of output of a float input"));
  OneOp unscaled("QUANTIZE");
  unscaled.input<float>({1}, {0}).output<int8_t>();
  EXPECT_THAT(unscaled.error(), HasSubstr("0 scales, expected one"));
  OneOp shifted("QUANTIZE");
  shifted.input<float>({1}, {0}).output<int8_t>(quantized(1, 128));
  EXPECT_THAT(shifted.error(), HasSubstr("zero point 128, expected -128 to 127"));
}

TEST(Dequantize, ScalesTheDistanceToTheZeroPoint) {
  OneOp op("DEQUANTIZE");
  op.input<int8_t>({3}, {-128, 5, 127}, quantized(0.5f, 5)).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(-66.5f, 0, 61));
}

TEST(Dequantize, ReadsHalfPrecision) {
  OneOp op("DEQUANTIZE");
  op.constant<uint16_t>({6}, {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00}).output<float>();
  EXPECT_THAT(op.run<float>(), ElementsAre(1, -2, 65504, std::exp2(-24.0f), 0,
                                           std::numeric_limits<float>::infinity()));
}

TEST(Dequantize, NamesWhatItDoesNotSupport) {
  OneOp half("DEQUANTIZE");
  half.input<uint16_t>({1}, {0}).output<float>();
  EXPECT_THAT(half.error(), HasSubstr("must be a constant"));
  OneOp wide("DEQUANTIZE");
  wide.input<int32_t>({1}, {0}, quantized(1)).output<float>();
  EXPECT_THAT(wide.error(), HasSubstr("data type int32 of input"));
}

}  // namespace
}  // namespace thimble::ops
