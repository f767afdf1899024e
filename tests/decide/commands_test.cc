// The commands that answer questions (choose, offload, study, bench --battery), as a user calls
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/subprocess.h"
#include "tests/e2e/program.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string model() {
  return (testing::source_dir() / "models/lenet_int8.tflite").string();
}

bool have_compiler() {
  return base::run_process({"arm-none-eabi-g++", "--version"}).has_value();
}

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_compiler()) GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi";
  }
  json run_json(std::vector<std::string> arguments, int expected_status) {
    arguments.push_back("--json");
    const base::ProcessOutput result = testing::run_thimble(arguments);
    EXPECT_EQ(result.exit_code, expected_status) << result.output;
    json object = json::parse(result.output, nullptr, false);
    EXPECT_FALSE(object.is_discarded()) << result.output;
    return object;
  }
};

TEST_F(Commands, BenchSaysHowLongACellLasts) {
  const json object = run_json(
      {"bench", model(), "--board", "nucleo-l496zg", "--battery", "cr2477", "--period", "30s"}, 0);
  const json& battery = object["battery"];
  EXPECT_EQ(battery["cell"], "CR2477");
  const double inference_mw = object["totals"]["energy_uj"].get<double>() / 1e3 / 30;
  EXPECT_NEAR(battery["inference_mw"].get<double>(), inference_mw, 1e-9);
  const double total_mw =
      inference_mw + battery["sleep_mw"].get<double>() + battery["self_discharge_mw"].get<double>();
  EXPECT_NEAR(battery["days"].get<double>(), 3000 / total_mw / 24, 1e-6);
}

TEST_F(Commands, ChooseTakesTheSmallestBoardWithinTheBudget) {
  const json object =
      run_json({"choose", model(), "--boards", "nucleo-f767zi,nrf52840dk", "--latency", "1s"}, 0);
  EXPECT_EQ(object["chosen"], "nrf52840dk");
  const json fastest = run_json(
      {"choose", model(), "--boards", "nucleo-f767zi,nrf52840dk", "--order", "latency"}, 0);
  EXPECT_EQ(fastest["chosen"], "nucleo-f767zi");
  EXPECT_LT(fastest["boards"][0]["latency_ms"], fastest["boards"][1]["latency_ms"]);
  const json none = run_json({"choose", model(), "--boards", "nrf52840dk", "--energy", "1uJ"}, 1);
  EXPECT_EQ(none["chosen"], "");
  EXPECT_EQ(none["boards"][0]["misses"].size(), 1u);
}

TEST_F(Commands, OffloadComparesRadios) {
  const json object = run_json(
      {"offload", model(), "--board", "nucleo-l496zg", "--radio", "ble5,umts", "--no-overhead"}, 0);
  EXPECT_EQ(object["send_bytes"], 1024);
  ASSERT_EQ(object["radios"].size(), 2u);
  for (const json& radio : object["radios"])
    EXPECT_EQ(radio["ratio"].get<double>() <= 1,
              radio["break_even_bytes"].get<uint64_t>() >= object["send_bytes"].get<uint64_t>());
  EXPECT_GT(object["radios"][1]["ratio"], 1);
}

// The layers of a study share a firmware; each must take what it takes alone.
TEST_F(Commands, LayersOfAStudyDoNotDependOnTheirNeighbours) {
  const auto cycles = [&](const std::string& spec) {
    const json object = run_json({"study", spec, "--board", "nucleo-l496zg", "--no-float"}, 0);
    std::map<std::string, double> result;
    for (const json& layer : object["studies"][0]["layers"])
      result[fmt::format("{} {}", layer["length"].get<int>(),
                         layer["variant"].get<std::string>())] = layer["cycles"];
    return result;
  };
  const auto together = cycles("conv:channels=4-9,size=6");
  const auto alone = cycles("conv:channels=7,size=6");
  ASSERT_EQ(together.size(), 12u);
  for (const auto& [layer, count] : alone)
    EXPECT_NEAR(together.at(layer), count, 0.02 * count) << layer;
}

TEST_F(Commands, AStudyKeepsItsLayersAndAReportShowsThem) {
  const auto folder = *base::TemporaryDirectory::create();
  const std::string store = folder.path() / "study.db", page = folder.path() / "report.html";
  const auto study = [&](const char* spec) {
    return run_json({"study", spec, "--board", "nucleo-l496zg", "--no-float", "--store", store}, 0);
  };
  const json first = study("dense:inputs=8/9,units=4");
  EXPECT_EQ(study("dense:inputs=8/9,units=4"), first);
  study("conv:channels=3/4,filters=2,size=4,kernel=3");
  const json layers = json::parse(
      testing::run_thimble({"store", "export", store, "--format", "json", "--table", "study_layers"})
          .output);
  EXPECT_EQ(layers["rows"].size(), 8u);
  const base::ProcessOutput report = testing::run_thimble({"report", store, "-o", page});
  EXPECT_EQ(report.exit_code, 0) << report.output;
  const std::string html = *base::read_text_file(page);
  for (const char* text : {"Figure 9 of the paper", "Figure 5 of the paper", "Table 4 of the paper",
                           "study of dense layers, nucleo-l496zg, -Ofast, balanced"})
    EXPECT_THAT(html, HasSubstr(text));
}

// A network of the name that the paper's rows ask for; the others are missing.
TEST_F(Commands, AReproductionIsKeptAndItsReportHasItsTables) {
  const auto folder = *base::TemporaryDirectory::create();
  const std::string store = folder.path() / "mlperf.db", page = folder.path() / "report.html";
  std::filesystem::copy_file(model(), folder.path() / "ad01_int8.tflite");
  const auto reproduce = [&] {
    return run_json({"reproduce", "mlperf", "--models", folder.path(), "--store", store}, 0);
  };
  const json first = reproduce();
  EXPECT_EQ(first["schema"], "thimble-reproduce/2");
  const json& table = first["exhibits"][0];
  EXPECT_EQ(table["number"], "Latency on nucleo-l4r5zi");
  const json& value = table["values"][0];
  EXPECT_EQ(value["published"], 10.05);
  EXPECT_NEAR(value["ratio"].get<double>(), value["ours"].get<double>() / 10.05, 1e-9);
  EXPECT_EQ(table["values"][1]["reason"], "not run");
  EXPECT_EQ(reproduce(), first) << "out of the store";

  const json kept = json::parse(
      testing::run_thimble(
          {"store", "export", store, "--format", "json", "--table", "exhibit_values"})
          .output);
  EXPECT_EQ(kept["rows"][0]["collection"], "mlperf");
  EXPECT_EQ(kept["rows"][0]["ours"], value["ours"]);
  EXPECT_EQ(kept["rows"][0]["run_key"], value["run_key"]);
  EXPECT_EQ(testing::run_thimble({"report", store, "-o", page}).exit_code, 0);
  EXPECT_THAT(*base::read_text_file(page), HasSubstr("Latency on nucleo-l4r5zi"));
}

TEST(CommandErrors, SayWhatToDo) {
  const auto error = [](const std::vector<std::string>& arguments, int status) {
    const base::ProcessOutput result = testing::run_thimble(arguments);
    EXPECT_EQ(result.exit_code, status) << result.output;
    return result.output;
  };
  EXPECT_THAT(error({"bench", model(), "--board", "nrf52840dk", "--battery", "CR2477"}, 2),
              HasSubstr("--period"));
  EXPECT_THAT(
      error({"bench", model(), "--board", "nrf52840dk", "--battery", "CR2478", "--period", "30s"},
            1),
      HasSubstr("did you mean 'CR2477'?"));
  EXPECT_THAT(
      error({"bench", model(), "--board", "nrf52840dk", "--battery", "CR2477", "--period", "30"},
            2),
      HasSubstr("units: us, ms"));
  EXPECT_THAT(error({"choose", model(), "--latency", "fast"}, 2), HasSubstr("50ms"));
  EXPECT_THAT(error({"offload", model(), "--board", "nrf52840dk", "--radio", "wifi"}, 1),
              HasSubstr("ble5"));
  EXPECT_THAT(error({"reproduce", "mlperf"}, 1), HasSubstr("--models"));
  EXPECT_THAT(error({"study", "dense:kernel=3", "--board", "nrf52840dk"}, 2),
              HasSubstr("inputs, units"));
}

}  // namespace
}  // namespace thimble
