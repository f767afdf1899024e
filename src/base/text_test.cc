#include "base/text.h"

#include <gtest/gtest.h>

namespace thimble::base {
namespace {

TEST(Grouped, InsertsCommas) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567890), "1,234,567,890");
}

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_EQ(wrapped("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrapped("incomprehensible x", 5, 1), "incomprehensible\n x");
  EXPECT_EQ(wrapped("", 5, 1), "");
}

TEST(Text, QuotesForAShell) {
  EXPECT_EQ(shell_quoted("models/a_b.tflite"), "models/a_b.tflite");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("my board's.toml"), R"('my board'\''s.toml')");
}

TEST(TextTable, AlignsColumnsAndTrimsLines) {
  TextTable table({{"op", TextTable::Align::kLeft}, {"n"}});
  table.add_row({"CONV", "7"});
  table.add_rule();
  table.add_row({"x", "1,000"});
  EXPECT_EQ(table.to_string(),
            "op        n\n"
            "----  -----\n"
            "CONV      7\n"
            "----  -----\n"
            "x     1,000\n");
}

}  // namespace
}  // namespace thimble::base
