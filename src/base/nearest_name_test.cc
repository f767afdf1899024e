#include "base/nearest_name.h"

#include <gtest/gtest.h>

namespace thimble::base {
namespace {

TEST(NearestName, OnlyCloseOnes) {
  EXPECT_EQ(nearest_name("kitten", {"sitting", "mitten"}), "mitten");
  EXPECT_EQ(nearest_name("abc", {"xyz"}), "");
  EXPECT_EQ(nearest_name("", {"x"}), "");
  EXPECT_EQ(nearest_name("mian", {"pain", "main"}), "main");  // a swap is one edit
}

}  // namespace
}  // namespace thimble::base
