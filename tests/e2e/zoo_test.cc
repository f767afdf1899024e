// `thimble zoo` as its user meets it.
#include "zoo/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "emit/tflite_writer.h"
#include "tests/e2e/program.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_thimble;

class Zoo : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = base::TemporaryDirectory::create();
    ASSERT_TRUE(created);
    directory_ = std::move(*created);
    file_ = directory_->path() / "network.tflite";
  }

  std::optional<base::TemporaryDirectory> directory_;
  fs::path file_;
};

TEST_F(Zoo, ListsBothParameterCountsOfResnet) {
  auto result = run_thimble({"zoo"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("271,690"));
  EXPECT_THAT(result.output, HasSubstr("274,442"));
}

TEST_F(Zoo, ListsAsJson) {
  auto result = run_thimble({"zoo", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  auto object = nlohmann::json::parse(result.output);
  EXPECT_EQ(object.at("schema"), "thimble-zoo/1");
  EXPECT_EQ(object.at("networks").size(), 15u);
  EXPECT_EQ(object.at("networks")[0].at("maccs"), 274'656);
}

TEST_F(Zoo, WritesTheNetworkAsOptionsSay) {
  auto result =
      run_thimble({"zoo", "lenet", "-o", file_.string(), "--type", "float32", "--seed", "7"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  auto written = base::read_file(file_);
  auto graph = zoo::make_network("lenet", {.type = ir::DataType::kFloat32, .seed = 7});
  ASSERT_TRUE(written && graph);
  auto expected = emit::write_tflite(*graph);
  ASSERT_TRUE(expected);
  EXPECT_TRUE(*written == *expected);
}

TEST_F(Zoo, WritesWhatAnalyzeReads) {
  auto zoo = run_thimble({"zoo", "mobilenet-v1", "-o", file_.string(), "--type", "float32",
                          "--width", "0.25", "--resolution", "96", "--json"});
  ASSERT_EQ(zoo.exit_code, 0) << zoo.output;
  auto analyze = run_thimble({"analyze", file_.string(), "--json"});
  ASSERT_EQ(analyze.exit_code, 0) << analyze.output;
  auto network = nlohmann::json::parse(zoo.output).at("networks")[0];
  auto totals = nlohmann::json::parse(analyze.output).at("totals");
  EXPECT_EQ(network.at("maccs"), totals.at("maccs"));
  EXPECT_EQ(network.at("parameters"), totals.at("parameters"));
}

TEST_F(Zoo, ExplainsWhatIsWrong) {
  auto unknown = run_thimble({"zoo", "vgg-16", "-o", file_.string()});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("did you mean vgg16?"));
  auto no_file = run_thimble({"zoo", "lenet"});
  EXPECT_EQ(no_file.exit_code, 2);
  EXPECT_THAT(no_file.output, HasSubstr("thimble zoo lenet -o lenet_int8.tflite"));
  auto width = run_thimble({"zoo", "lenet", "--width", "0.5", "-o", file_.string()});
  EXPECT_EQ(width.exit_code, 2);
  EXPECT_FALSE(fs::exists(file_));
}

}  // namespace
}  // namespace thimble
