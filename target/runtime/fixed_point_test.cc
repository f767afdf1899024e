#include "runtime/fixed_point.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "ops/quantization.h"

namespace thimble::fixed_point {
namespace {

constexpr int32_t kExtremes[] = {
    INT32_MIN, INT32_MIN + 1, -(1 << 30) - 1, -(1 << 30), -3, -2, -1, 0, 1, 2,
    3,         1 << 30,       INT32_MAX};

TEST(FixedPoint, RescaleEqualsTheHostsOnExtremes) {
  for (int32_t x : kExtremes)
    for (int32_t multiplier : {0, 1 << 30, (1 << 30) + 1, 0x7FFEFFFF, 0x7FFF0000, INT32_MAX})
      for (int32_t shift = -31; shift <= 30; ++shift)
        EXPECT_EQ(rescale(x, multiplier, shift),
                  ops::multiply_by_quantized_multiplier(x, {multiplier, shift}))
            << x << " " << multiplier << " " << shift;
}

TEST(FixedPoint, RescaleEqualsTheHostsOnRandomNumbers) {
  base::Random random(1);
  for (int i = 0; i < 1'000'000; ++i) {
    auto multiplier = static_cast<int32_t>(random.integer(1 << 30, INT32_MAX));
    auto x = static_cast<int32_t>(static_cast<uint32_t>(random.next()));
    auto shift = static_cast<int32_t>(random.integer(-31, 30));
    x >>= random.integer(0, 31);
    ASSERT_EQ(rescale(x, multiplier, shift),
              ops::multiply_by_quantized_multiplier(x, {multiplier, shift}));
    int64_t wide = random.integer(-(int64_t{1} << 47), (int64_t{1} << 47) - 1);
    shift = static_cast<int32_t>(random.integer(-31, 7));
    ASSERT_EQ(rescale(wide, multiplier, shift),
              ops::multiply_by_quantized_multiplier(wide, {multiplier, shift}));
  }
}

}  // namespace
}  // namespace thimble::fixed_point
