#include "emit/c_literals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "emit/emit.h"

namespace thimble::emit {
namespace {

TEST(Literals, ExtremeIntegersAreValidCpp) {
  EXPECT_EQ(integer_literal(-5), "-5");
  EXPECT_EQ(integer_literal(INT32_MAX), "2147483647");
  EXPECT_EQ(integer_literal(INT32_MIN), "(-2147483647 - 1)");
  EXPECT_EQ(integer_literal(int64_t{INT32_MAX} + 1), "2147483648LL");
  EXPECT_EQ(integer_literal(INT64_MIN), "(-9223372036854775807LL - 1)");
}

TEST(Literals, FloatsReadBackExactly) {
  for (float value : {0.1f, 1.0f, -3.0e-41f, std::numeric_limits<float>::max(), 16777216.0f}) {
    std::string text = float_literal(value);
    ASSERT_EQ(text.back(), 'f');
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
    EXPECT_EQ(std::strtof(text.c_str(), nullptr), value) << text;
  }
  EXPECT_EQ(float_literal(-std::numeric_limits<float>::infinity()), "-__builtin_inff()");
}

TEST(Literals, ArraysKeepTheirOrderAndSign) {
  int16_t values[] = {-32768, 7, 0};
  EXPECT_EQ(array_elements(ir::DataType::kInt16, std::as_bytes(std::span(values))), "-32768,7,0");
}

TEST(Literals, CommentsCannotBeClosed) {
  EXPECT_EQ(comment_text("a*/b\n\\"), "a_/b__");
}

TEST(Identifiers, AreValidInC) {
  EXPECT_EQ(identifier_from("Foo-bar 2.tflite"), "foo_bar_2");
  EXPECT_EQ(identifier_from("3d.tflite"), "model_3d");
  EXPECT_EQ(identifier_from("....tflite"), "model");
  EXPECT_EQ(identifier_from("a__b.c.tflite"), "a_b_c");
  EXPECT_EQ(identifier_from("status.tflite"), "model_status");
  EXPECT_EQ(identifier_from(std::string(300, 'x')).size(), 64u);
}

}  // namespace
}  // namespace thimble::emit
