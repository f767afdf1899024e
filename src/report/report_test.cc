#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "report/data.h"
#include "report/page.h"
#include "report/synthetic_store_test_support.h"

namespace thimble::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create();
  store::Store store_ = make_synthetic_store(folder_.path() / "synthetic.db");
};

// What stands between the tags of the block of data.
std::string block_of_data(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">", close = "</script>";
  const size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find(close, begin) - begin);
}

TEST_F(ReportTest, DataHaveEveryRunWithItsLayersAndTexts) {
  const auto text = report_data(store_, {}, 7);
  ASSERT_TRUE(text) << text.error().to_string();
  const json data = json::parse(*text);
  EXPECT_EQ(data["schema"], "thimble-report/1");
  EXPECT_EQ(data["store"], "synthetic.db");
  EXPECT_EQ(data["version"], 7);
  ASSERT_EQ(data["runs"]["rows"], 200);
  const auto runs = *store_.runs();
  for (size_t i : {size_t{0}, size_t{57}, size_t{199}}) {
    const json& texts = data["runs"]["texts"];
    EXPECT_EQ(data["strings"][texts["network"][i].get<size_t>()], runs[i].network);
    if (runs[i].latency_ms)
      EXPECT_EQ(data["runs"]["numbers"]["latency_ms"][i], *runs[i].latency_ms);
    else
      EXPECT_TRUE(data["runs"]["numbers"]["latency_ms"][i].is_null());
    EXPECT_EQ(data["layers"][i]["rows"], store_.layers(runs[i].key)->size());
    EXPECT_EQ(data["buffers"][i]["rows"], store_.buffers(runs[i].key)->size());
  }
  EXPECT_EQ(data["boards"]["rows"], 5);
}

TEST_F(ReportTest, DataHaveTheExhibits) {
  ASSERT_TRUE(store_.replace_exhibits("heim", synthetic_exhibits("k")));
  const json data = json::parse(*report_data(store_));
  ASSERT_EQ(data["exhibits"]["rows"], 5);
  ASSERT_EQ(data["exhibit_values"].size(), 5u);
  const json& table = data["exhibit_values"][0];
  EXPECT_EQ(table["rows"], 3);
  EXPECT_EQ(table["numbers"]["published"], json({4, 98, nullptr}));
  EXPECT_EQ(table["numbers"]["ours"], json({2, nullptr, 3}));
  EXPECT_EQ(data["strings"][table["texts"]["reason"][1].get<size_t>()], "needs data");
}

TEST_F(ReportTest, ConditionsChooseRuns) {
  const auto text = report_data(store_, {{"board", "a*"}, {"kernels", "reference"}});
  ASSERT_TRUE(text);
  EXPECT_EQ(json::parse(*text)["runs"]["rows"], 20);
  const auto wrong = report_data(store_, {{"bord", "*"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().hint, HasSubstr("board"));
}

TEST_F(ReportTest, PageHoldsTheDataAndNothingOutOfTheDataIsHtml) {
  const auto data = report_data(store_);
  ASSERT_TRUE(data);
  const std::string html = page(*data, Mode::kFile);
  EXPECT_LT(html.size(), 3'000'000u);
  EXPECT_EQ(json::parse(block_of_data(html)), json::parse(*data));
  EXPECT_THAT(html, Not(HasSubstr("<script>hacked")));
  EXPECT_THAT(html, HasSubstr("Redistribution and use"));
}

TEST_F(ReportTest, PageNeedsNoNetworkAndOnlyTheServedOneMayAsk) {
  const std::string file = page("{}", Mode::kFile), served = page("{}", Mode::kServed);
  EXPECT_THAT(file, HasSubstr("connect-src 'none'"));
  EXPECT_THAT(served, HasSubstr("connect-src 'self'"));
  for (const char* reference : {" src=\"", "@import", "url(http", "<link rel=\"stylesheet"})
    EXPECT_THAT(file, Not(HasSubstr(reference)));
  EXPECT_THAT(file, Not(HasSubstr("{{data}}")));
}

TEST_F(ReportTest, AnEmptyStoreIsAReportToo) {
  const auto empty = store::Store::open(folder_.path() / "empty.db", true);
  ASSERT_TRUE(empty);
  const auto data = report_data(*empty);
  ASSERT_TRUE(data);
  EXPECT_EQ(json::parse(*data)["runs"]["rows"], 0);
}

TEST_F(ReportTest, EqualStoresGiveEqualPages) {
  const store::Store again = make_synthetic_store(folder_.path() / "again" / "synthetic.db");
  EXPECT_EQ(*report_data(store_), *report_data(again));
}

}  // namespace
}  // namespace thimble::report
