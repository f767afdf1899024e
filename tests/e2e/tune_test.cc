// `thimble bench --tune` and its budgets, as their user meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/e2e/program.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::run_thimble;

class Tune : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TemporaryDirectory::create();
    ASSERT_TRUE(folder);
    folder_ = std::move(*folder);
  }

  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

  base::ProcessOutput bench(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {
        "bench", (testing::source_dir() / "models/lenet_int8.tflite").string(), "--board",
        "nucleo-l4r5zi"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_thimble(arguments);
  }

  base::ProcessOutput tune(std::vector<std::string> more) const {
    more.insert(more.end(), {"--tune", "--cache", file("cache")});
    return bench(std::move(more));
  }

  json tune_json(std::vector<std::string> more) const {
    more.push_back("--json");
    return json_of(tune(std::move(more)));
  }

  static json json_of(const base::ProcessOutput& result) {
    EXPECT_EQ(result.exit_code, 0) << result.output;
    const json m = json::parse(result.output, nullptr, false);
    EXPECT_TRUE(m.is_object()) << result.output;
    return m;
  }

 private:
  base::TemporaryDirectory folder_;
};

TEST_F(Tune, IsAtLeastAsFastAsTheRuleAndKnowsEverythingTheSecondTime) {
  const uint64_t by_rule = json_of(bench({"--json", "--prefer", "speed"}))["totals"]["cycles"];
  auto first = tune({"--prefer", "speed", "--choices", file("choices.json")});
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("outputs identical to host: yes"));
  auto second = tune({"--prefer", "speed"});
  EXPECT_THAT(second.output, HasSubstr("0 of them measured now, in 0 runs"));

  const json again = tune_json({"--prefer", "speed"});
  const json chosen = json_of(bench({"--json", "--choices", file("choices.json")}));
  const uint64_t cycles = again["totals"]["cycles"];
  EXPECT_EQ(cycles, chosen["totals"]["cycles"]);
  EXPECT_LE(static_cast<double>(cycles), 1.01 * static_cast<double>(by_rule));
  EXPECT_EQ(again["layers"], chosen["layers"]);
  EXPECT_GT(again["ram"]["weights_bytes"], 0);  // flash has wait states, and RAM is there
}

// Of a residual block the planner executes bands by rule, which no kernel measured for whole layers
// makes up for.
TEST_F(Tune, KeepsBandsThatTheRuleTakes) {
  if (testing::kSanitized) GTEST_SKIP() << "too slow with sanitizers; runs in the release build";
  THIMBLE_NEED_SHARED(shared);
  const std::string model = shared / "models/mlperf-tiny/pretrainedResnet_quant.tflite";
  const auto bench_model = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"bench", model, "--board", "nucleo-l4r5zi"});
    return run_thimble(more);
  };
  const json by_rule = json_of(bench_model({"--json"}));
  const auto tuned = bench_model({"--tune", "--cache", file("cache")});
  EXPECT_THAT(tuned.output, HasSubstr("kept the choice by rule"));
  const json again = json_of(bench_model({"--json", "--tune", "--cache", file("cache")}));
  EXPECT_EQ(again["totals"]["cycles"], by_rule["totals"]["cycles"]);
  EXPECT_EQ(again["ram"]["total_bytes"], by_rule["ram"]["total_bytes"]);
}

TEST_F(Tune, KeepsBudgets) {
  const json free = tune_json({"--prefer", "speed"});
  const uint64_t ram_budget = free["ram"]["total_bytes"].get<uint64_t>() / 2;
  const json bound = tune_json({"--prefer", "speed", "--ram-budget", std::to_string(ram_budget)});
  EXPECT_LE(bound["ram"]["total_bytes"], ram_budget);
  EXPECT_GE(bound["totals"]["cycles"], free["totals"]["cycles"]);
  EXPECT_EQ(bound["outputs_match_host"], true);
}

TEST_F(Tune, SaysHowFarABudgetIsOutOfReach) {
  const auto result = tune({"--ram-budget", "1K"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("1,024 B of RAM"));
  EXPECT_THAT(result.output, HasSubstr("smallest that these kernels reach"));
  EXPECT_EQ(tune({"--flash-budget", "1K"}).exit_code, 1);
}

TEST_F(Tune, DeploysTheChoice) {
  const auto result =
      run_thimble({"deploy", (testing::source_dir() / "models/lenet_int8.tflite").string(),
                   "--board", "nucleo-l4r5zi", "-o", file("out"), "--prefer", "speed", "--tune",
                   "--cache", file("cache")});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const auto choices = base::read_text_file(file("out/choices.json"));
  ASSERT_TRUE(choices);
  EXPECT_EQ(json::parse(*choices)["prefer"], "speed");
}

// Budgets mean the same without measuring the kernels, and speed puts weights in RAM.
TEST_F(Tune, IsNotNeededToKeepABudget) {
  const json free = json_of(bench({"--json", "--prefer", "speed"}));
  EXPECT_GT(free["ram"]["weights_bytes"], 0);
  const json flash = json_of(bench({"--json", "--prefer", "speed", "--ram-budget", "16K"}));
  EXPECT_LT(flash["ram"]["weights_bytes"], free["ram"]["weights_bytes"]);
  EXPECT_LE(flash["ram"]["total_bytes"], 16 * 1024);

  const uint64_t balanced = json_of(bench({"--json"}))["ram"]["total_bytes"];
  for (uint64_t budget : {balanced - 1, balanced * 3 / 4}) {
    const json m = json_of(bench({"--json", "--ram-budget", std::to_string(budget)}));
    EXPECT_LE(m["ram"]["total_bytes"], budget);
    EXPECT_EQ(m["outputs_match_host"], true);
  }
  EXPECT_EQ(bench({"--ram-budget", "100"}).exit_code, 1);
}

TEST_F(Tune, WantsABoardToMeasureOn) {
  const auto result =
      run_thimble({"deploy", (testing::source_dir() / "models/lenet_int8.tflite").string(), "-o",
                   file("out"), "--tune"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--board"));
  const auto budget =
      run_thimble({"deploy", (testing::source_dir() / "models/lenet_int8.tflite").string(), "-o",
                   file("out"), "--ram-budget", "16K"});
  EXPECT_EQ(budget.exit_code, 2);
  EXPECT_THAT(budget.output, HasSubstr("--board"));
}

}  // namespace
}  // namespace thimble
