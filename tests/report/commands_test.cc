// thimble report and thimble serve, as a user calls them. What the page does is tested in
// src/report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "report/synthetic_store_test_support.h"
#include "tests/e2e/program.h"

namespace thimble {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_thimble;

class ReportCommands : public ::testing::Test {
 protected:
  void SetUp() override { report::make_synthetic_store(store_, 30); }

  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
  const std::string store_ = (folder_.path() / "s.db").string();
  const std::string html_ = (folder_.path() / "s.html").string();
};

TEST_F(ReportCommands, ReportWritesThePageOfTheRunsThatMatch) {
  const auto all = run_thimble({"report", store_, "-o", html_});
  EXPECT_EQ(all.exit_code, 0) << all.output;
  const auto page = base::read_text_file(html_);
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_THAT(*page, HasSubstr("bench lenet.tflite"));
  EXPECT_THAT(*page, HasSubstr("bench ds-cnn.tflite"));

  const auto some =
      run_thimble({"report", store_, "-o", html_, "--filter", "network=l?net", "--filter", "ok=1"});
  EXPECT_EQ(some.exit_code, 0) << some.output;
  const auto filtered = base::read_text_file(html_);
  ASSERT_TRUE(filtered);
  EXPECT_THAT(*filtered, HasSubstr("bench lenet.tflite"));
  EXPECT_THAT(*filtered, Not(HasSubstr("bench ds-cnn.tflite")));
}

TEST_F(ReportCommands, WrongFiltersAreWrongUsage) {
  for (const char* command : {"report", "serve"}) {
    const auto column = run_thimble({command, store_, "--filter", "bord=*"});
    EXPECT_EQ(column.exit_code, 2);
    EXPECT_THAT(column.output, HasSubstr("did you mean 'board'?"));
    const auto form = run_thimble({command, store_, "--filter", "lenet"});
    EXPECT_EQ(form.exit_code, 2);
    EXPECT_THAT(form.output, HasSubstr("'lenet' has no '='"));
  }
}

TEST_F(ReportCommands, WhatIsNoStoreIsRefusedAndNothingIsWritten) {
  const std::string text = (folder_.path() / "text.db").string();
  ASSERT_TRUE(base::write_file(text, std::string_view("this is no database")));
  for (const std::string& file : {text, text + ".missing"})
    for (const char* command : {"report", "serve"}) {
      std::vector<std::string> arguments = {command, file};
      if (arguments[0] == "report") arguments.insert(arguments.end(), {"-o", html_});
      const auto result = run_thimble(arguments);
      EXPECT_EQ(result.exit_code, 1) << result.output;
      EXPECT_THAT(result.output, HasSubstr("error:"));
    }
  EXPECT_FALSE(std::filesystem::exists(html_));
}

}  // namespace
}  // namespace thimble
