#include "ops/sigmoid_family.h"

#include <cmath>
#include <numeric>

#include "ops/op_test_support.h"

namespace thimble::ops {
namespace {

using namespace thimble::ops::testing;

double exact(std::string_view name, double x) {
  return name == "TANH" ? std::tanh(x) : 1 / (1 + std::exp(-x));
}

template <typename T>
std::vector<T> all_values(int step) {
  std::vector<T> values;
  for (int x = std::numeric_limits<T>::min(); x <= std::numeric_limits<T>::max(); x += step)
    values.push_back(static_cast<T>(x));
  return values;
}

template <typename T>
void compare(const char* name, int step, ir::Quantization input, ir::Quantization output,
             double tolerance) {
  const std::vector<T> values = all_values<T>(step);
  const std::vector<T> result = OneOp(name)
                                    .input<T>({static_cast<int32_t>(values.size())}, values, input)
                                    .template output<T>(output)
                                    .template run<T>();
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = double{input.scales[0]} * (values[i] - input.zero_points[0]);
    const double highest = std::numeric_limits<T>::max();
    const double expected =
        std::min(highest, exact(name, x) / double{output.scales[0]} + output.zero_points[0]);
    EXPECT_NEAR(result[i], expected, tolerance) << name << "(" << x << ")";
  }
}

TEST(Sigmoids, Int8FollowsTheFunctions) {
  for (float scale : {0.001f, 0.03f, 0.1f, 0.5f}) {
    compare<int8_t>("LOGISTIC", 1, quantized(scale, 7), quantized(1.0f / 256, -128), 0.51);
    compare<int8_t>("TANH", 1, quantized(scale, -9), quantized(1.0f / 128, 0), 0.51);
  }
}

TEST(Sigmoids, Int16FollowsTheFunctions) {
  for (float scale : {1.0f / 4096, 1.0f / 2048, 0.0001f, 0.0003f, 0.01f, 1.0f})
    for (const char* name : {"LOGISTIC", "TANH"})
      compare<int16_t>(name, 7, quantized(scale), quantized(1.0f / 32768), 4);
}

TEST(Sigmoids, Int16TableHasTheReferencesEntries) {
  const std::vector<int16_t> table = sigmoid_int16_table();
  ASSERT_EQ(table.size(), 256u);
  EXPECT_EQ(table.front(), 0);
  EXPECT_EQ(table.back(), 32767);
  // Entries that the correction for interpolation moves: 35492.4, 49974.0 and 64203.5 without.
  EXPECT_EQ(table[4], 35493 - 32768);
  EXPECT_EQ(table[28], 49975 - 32768);
  EXPECT_EQ(table[93], 64204 - 32768);
  EXPECT_EQ(std::accumulate(table.begin(), table.end(), 0), 7282021);
}

TEST(Sigmoids, NameWhatTheyDoNotSupport) {
  OneOp scale("TANH");
  scale.input<int8_t>({1}, {0}, quantized(1)).output<int8_t>(quantized(1.0f / 256));
  EXPECT_THAT(scale.error(), HasSubstr("expected 0.0078125 and 0"));
  OneOp large("LOGISTIC");
  large.input<int16_t>({1}, {0}, quantized(4)).output<int16_t>(quantized(1.0f / 32768));
  EXPECT_THAT(large.error(), HasSubstr("too large"));
}

}  // namespace
}  // namespace thimble::ops
