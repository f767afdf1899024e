#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "base/subprocess.h"
#include "reproduce/figures.h"
#include "reproduce/plan.h"
#include "reproduce/published.h"

namespace thimble::reproduce {
namespace {

using testing::HasSubstr;

TEST(Published, EveryPaperIsWellFormed) {
  EXPECT_EQ(paper_names(), (std::vector<std::string>{"heim", "mlperf", "profentzas"}));
  for (const std::string& paper : paper_names()) {
    const auto rows = published_rows(paper);
    ASSERT_TRUE(rows) << rows.error().to_string();
    EXPECT_GT(rows->size(), 40u);
    for (const Row& row : *rows) {
      EXPECT_FALSE(row.item.empty() || row.what.empty() || row.metric.empty()) << paper;
      const bool accuracy = row.metric == "accuracy" || row.metric == "loss";
      EXPECT_EQ(row.run.board.empty(), accuracy) << row.what;
    }
    EXPECT_GT(runs_of(*rows).size(), 10u);
  }
  EXPECT_THAT(published_rows("hiem").error().hint, HasSubstr("did you mean heim?"));
}

TEST(Published, BadRowsNameTheirLine) {
  const std::string header = "item;what;metric;published;unit;run\n";
  EXPECT_TRUE(
      parse_rows(header + "T;w;latency_ms;;ms;n int8 k -O2 fpu b / n int8 k -O2 fpu c\n", "x"));
  for (const char* row : {"T;w;m;1;ms", "T;w;m;x;ms;n int8", "T;w;m;1;ms;n", "T;w;m;nan;ms;n int8",
                          "T;w;m;1;ms;n int8 k -O2 gpu b", "T;w;m;1;ms;n int8 k -O2 fpu b / n",
                          "T;w;m;1;ms;n int8;"}) {
    const auto rows = parse_rows(header + row + std::string("\n"), "mine.csv");
    ASSERT_FALSE(rows) << row;
    EXPECT_THAT(rows.error().to_string(), HasSubstr("mine.csv: line 2")) << row;
  }
  EXPECT_FALSE(parse_rows("item;what\n", "x"));
}

TEST(Plan, EveryRunOfAPaperIsAPointOfItsOwn) {
  if (!base::run_process({"arm-none-eabi-g++", "--version"}))
    GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi";
  for (const char* paper : {"heim", "profentzas"}) {
    const std::vector<RunName> runs = runs_of(*published_rows(paper));
    const auto plan = make_plan(*published_rows(paper), {});
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_TRUE(plan->missing.empty());
    EXPECT_EQ(plan->names, runs);
    std::set<std::string> keys;
    for (const sweep::Point& point : plan->points) keys.insert(point.key());
    EXPECT_EQ(keys.size(), runs.size());
  }
  const auto mlperf = make_plan(*published_rows("mlperf"), {});
  ASSERT_TRUE(mlperf);
  EXPECT_TRUE(mlperf->points.empty());
  EXPECT_EQ(mlperf->missing.size(), 20u);
}

// Of a network in float the other numbers are made, int8 where there is data to calibrate with.
TEST(Plan, QuantizesWhatIsThereInFloat) {
  if (!base::run_process({"arm-none-eabi-g++", "--version"}))
    GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi";
  const auto folder = base::TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(base::write_file(folder->path() / "lenet.onnx", "x"));
  ASSERT_TRUE(base::write_file(folder->path() / "images", "x"));
  ASSERT_TRUE(base::write_file(folder->path() / "labels", "x"));
  const std::string data = fmt::format("idx:{0}/images,{0}/labels", folder->path().string());
  Row row{.metric = "accuracy", .run = {.network = "lenet"}};
  const auto options_of = [&](const std::string& numbers, const Sources& sources) {
    row.run.numbers = numbers;
    const auto plan = make_plan({row}, sources);
    EXPECT_TRUE(plan) << plan.error().to_string();
    return plan && !plan->points.empty()
               ? fmt::format("{}", fmt::join(plan->points[0].optimize, " "))
               : "no point";
  };
  Sources sources{.models = folder->path(), .mnist = data, .mnist_train = data};
  EXPECT_EQ(options_of("float32", sources), "");
  EXPECT_EQ(options_of("mixed", sources), "--quantize mixed");
  EXPECT_EQ(options_of("int8", sources), "--quantize full --calibrate " + data);
  sources.mnist_train.clear();
  EXPECT_EQ(options_of("int8", sources), "no point");
  sources.models /= "lenet.onnx";
  EXPECT_THAT(make_plan({row}, sources).error().to_string(), HasSubstr("is no folder"));
}

RunName on(const std::string& board, const std::string& kernels = "optimized") {
  return {"net", "int8", kernels, "-O2", true, board};
}

Measured measured(double latency_ms, double energy_mj) {
  Measured result;
  result.run.ok = true;
  result.run.latency_ms = latency_ms;
  result.run.energy_uj = 1e3 * energy_mj;
  return result;
}

TEST(Figures, RatiosDifferencesAndWhatIsMissing) {
  Measurements all = {{on("a"), measured(10, 1)}, {on("b"), measured(4, 2)}};
  all.at(on("a")).layers = {{.step = 0, .layer = 0, .op = "CONV_2D", .latency_ms = 6},
                            {.step = 1, .layer = 0, .op = "CONV_2D", .latency_ms = 1},
                            {.step = 2, .layer = 1, .op = "SOFTMAX", .latency_ms = 3}};
  const auto ours = [&](const std::string& metric, const RunName& run, char operation = 0,
                        const RunName& other = {}) {
    const Row row{
        .metric = metric, .published = 5, .run = run, .operation = operation, .other = other};
    return figures({row}, all)[0];
  };
  EXPECT_EQ(ours("latency_ms", on("a")).ours, 10);
  EXPECT_EQ(ours("latency_ms", on("a")).ratio(), 2);
  EXPECT_EQ(ours("latency_ms", on("a"), '/', on("b")).ours, 2.5);
  EXPECT_EQ(ours("energy_mj", on("a"), '-', on("b")).ours, -1);
  EXPECT_EQ(ours("layer_ms:CONV_2D:0", on("a")).ours, 7);
  EXPECT_DOUBLE_EQ(*ours("time_share:CONV_2D", on("a")).ours, 70);
  EXPECT_FALSE(ours("flash_bytes", on("a")).ours);
  EXPECT_EQ(ours("latency_ms", on("c")).reason, "not run");
  EXPECT_EQ(ours("latency_ms", on("a"), '/', on("c")).reason, "not run");
  EXPECT_THAT(ours("accuracy", {"net", "int8"}).reason, HasSubstr("data set"));
  all.at(on("b")).run.top_1 = 0.9;
  EXPECT_DOUBLE_EQ(*ours("accuracy", {"net", "int8"}).ours, 90);
}

TEST(Figures, AFailedRunGivesItsReason) {
  Measurements all = {{on("a"), {}}};
  all.at(on("a")).run.error_message = "does not fit";
  const Row row{.metric = "latency_ms", .run = on("a")};
  EXPECT_EQ(figures({row}, all)[0].reason, "does not fit");
  const Row accuracy{.metric = "accuracy", .run = {"net", "int8"}};
  EXPECT_EQ(figures({accuracy}, all)[0].reason, "does not fit");
  all.emplace(on("b"), measured(1, 1));
  EXPECT_THAT(figures({accuracy}, all)[0].reason, HasSubstr("data set"));
}

// Heim 2021, Table 5.10: the F4 takes longer than the F7 and more energy.
TEST(Pareto, TheThesisTableDominatesTheF4) {
  const Measurements all = {{on("L4"), measured(2209.2, 98.2)},
                            {on("L4", "reference"), measured(12088, 530)},
                            {on("F4"), measured(983.2, 224.0)},
                            {on("F7"), measured(448.1, 193.3)}};
  const std::vector<ParetoPoint> points = pareto_points("net", "optimized", all);
  ASSERT_EQ(points.size(), 3u);
  for (const ParetoPoint& point : points)
    EXPECT_EQ(point.dominated_by, point.run.board == "F4" ? "F7" : "") << point.run.board;
  EXPECT_EQ(pareto_points("net", "reference", all).size(), 1u);
  EXPECT_TRUE(pareto_points("other", "optimized", all).empty());
}

TEST(Correlation, OfALineIsOne) {
  Measurements all = {{on("a", "x"), measured(1, 2)},
                      {on("a", "y"), measured(2, 4)},
                      {on("a", "z"), measured(3, 6)},
                      {on("b"), measured(3, 1)}};
  EXPECT_NEAR(*correlation("a", all), 1, 1e-12);
  EXPECT_LT(*correlation("", all), 1);
  EXPECT_FALSE(correlation("b", all));
}

}  // namespace
}  // namespace thimble::reproduce
