#include "base/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thimble::base {
namespace {

TEST(Quantity, UnitsScale) {
  EXPECT_DOUBLE_EQ(*parse_seconds("50ms"), 0.05);
  EXPECT_DOUBLE_EQ(*parse_seconds("1.5min"), 90);
  EXPECT_DOUBLE_EQ(*parse_seconds("1d"), 86400);
  EXPECT_DOUBLE_EQ(*parse_microjoules("2mJ"), 2000);
  EXPECT_EQ(*parse_bytes("256K"), 262144u);
  EXPECT_EQ(*parse_bytes("0.5MiB"), 524288u);
  EXPECT_EQ(*parse_bytes("17"), 17u);
}

TEST(Quantity, WhatIsNoQuantityIsRefused) {
  for (const char* text : {"", "30", "s", "-1s", "nans", "infs", "3 s", "3S", "1e999s", "3ms?"})
    EXPECT_FALSE(parse_seconds(text)) << text;
  EXPECT_FALSE(parse_microjoules("2"));
  EXPECT_FALSE(parse_bytes("1e30"));
  EXPECT_THAT(parse_seconds("3 parsec").error().hint, testing::HasSubstr("min"));
}

}  // namespace
}  // namespace thimble::base
