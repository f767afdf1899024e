// `thimble bench` as its user meets it: the table, the JSON, the errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/e2e/program.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::run_thimble;

std::string lenet() {
  return (testing::source_dir() / "models/lenet_int8.tflite").string();
}

json bench_json(std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"bench", lenet(), "--board", "nucleo-l496zg", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto result = run_thimble(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return json::parse(result.output, nullptr, false);
}

TEST(Bench, JsonHoldsWhatIsPromised) {
  json m = bench_json();
  ASSERT_TRUE(m.is_object());
  EXPECT_EQ(m["schema"], "thimble-bench/1");
  EXPECT_EQ(m["model"], "lenet_int8.tflite");
  EXPECT_EQ(m["board"], "nucleo-l496zg");
  EXPECT_EQ(m["simulated"], true);
  EXPECT_EQ(m["outputs_match_host"], true);
  EXPECT_EQ(m["totals"]["maccs"], 274656);
  EXPECT_EQ(m["totals"]["maccs_executed"], 274656);
  EXPECT_EQ(m["flash"]["weights_bytes"].get<int>() + m["flash"]["code_bytes"].get<int>(),
            m["flash"]["total_bytes"]);
  EXPECT_EQ(m["ram"]["arena_bytes"].get<int>() + m["ram"]["stack_bytes"].get<int>() +
                m["ram"]["static_bytes"].get<int>(),
            m["ram"]["total_bytes"]);

  uint64_t cycles = 0, maccs = 0;
  for (const json& layer : m["layers"]) {
    for (const char* key : {"index", "op", "name", "output_shape", "maccs", "cycles",
                            "cycles_per_macc", "latency_ms", "energy_uj"})
      EXPECT_TRUE(layer.contains(key)) << key;
    cycles += layer["cycles"].get<uint64_t>();
    maccs += layer["maccs"].get<uint64_t>();
  }
  EXPECT_EQ(maccs, 274656u);
  // What is not in a layer is the calls themselves.
  uint64_t total = m["totals"]["cycles"];
  EXPECT_LE(cycles, total);
  EXPECT_LT(total - cycles, 1000u);
  EXPECT_NEAR(m["totals"]["latency_ms"], static_cast<double>(total) / 80e3, 1e-9);
}

TEST(Bench, TwoRunsPrintTheSameBytes) {
  std::vector<std::string> arguments = {"bench", lenet(), "--board", "nucleo-l496zg"};
  auto first = run_thimble(arguments);
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_EQ(first.output, run_thimble(arguments).output);
}

TEST(Bench, OptionsReachTheCompiler) {
  json small = bench_json({"--opt", "-Os"});
  EXPECT_THAT(small["compiler"].get<std::string>(), HasSubstr(" -Os "));
  EXPECT_EQ(small["outputs_match_host"], true);
  json soft = bench_json({"--no-fpu", "--kernels", "reference", "--input", "random:7"});
  EXPECT_THAT(soft["compiler"].get<std::string>(), HasSubstr("-mfloat-abi=soft"));
  EXPECT_EQ(soft["outputs_match_host"], true);
}

TEST(Bench, OutputAndInputFilesAreRawTensors) {
  auto directory = base::TemporaryDirectory::create();
  ASSERT_TRUE(directory);
  std::string input = (directory->path() / "in").string(),
              output = (directory->path() / "out").string();
  ASSERT_TRUE(base::write_file(input, std::string(32 * 32, '\x05')));
  bench_json({"--input", input, "--output", output});
  auto bytes = base::read_file(output);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), 10u);

  auto result = run_thimble({"bench", lenet(), "--board", "nucleo-l496zg", "--input", lenet()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("the network's inputs need 1024"));
}

TEST(Bench, SaysByHowMuchANetworkDoesNotFit) {
  auto directory = base::TemporaryDirectory::create();
  std::string path = (directory->path() / "tiny.toml").string();
  auto text = base::read_text_file(testing::source_dir() / "boards/nucleo-l496zg.toml");
  ASSERT_TRUE(text);
  auto with = [&](std::string_view key, std::string_view value) {
    // The first size_bytes is the flash, the last before the caches the RAM.
    std::string changed = *text;
    size_t at = key == "flash" ? changed.find("size_bytes")
                               : changed.rfind("size_bytes", changed.find("[[cache]]"));
    size_t end = changed.find('\n', at);
    changed.replace(at, end - at, "size_bytes = " + std::string(value));
    EXPECT_TRUE(base::write_file(path, changed));
    return run_thimble({"bench", lenet(), "--board", path});
  };
  auto flash = with("flash", "65536");
  EXPECT_EQ(flash.exit_code, 1);
  EXPECT_THAT(flash.output, HasSubstr("B of flash"));
  EXPECT_THAT(flash.output, HasSubstr("too many"));
  EXPECT_THAT(flash.output, HasSubstr("FULLY_CONNECTED"));
  auto ram = with("ram", "4096");
  EXPECT_EQ(ram.exit_code, 1);
  EXPECT_THAT(ram.output, HasSubstr("B of RAM"));
  EXPECT_THAT(ram.output, HasSubstr("CONV_2D"));
}

TEST(Bench, CycleLimitNamesTheFunction) {
  auto result =
      run_thimble({"bench", lenet(), "--board", "nucleo-l496zg", "--max-cycles", "50000"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("did not end within 50000 cycles"));
  EXPECT_THAT(result.output, HasSubstr("thimble::kernels::"));
}

TEST(Bench, WrongUsageIsExplained) {
  auto board = run_thimble({"bench", lenet(), "--board", "nucleo-l4r5z"});
  EXPECT_NE(board.exit_code, 0);
  EXPECT_THAT(board.output, HasSubstr("nucleo-l4r5zi"));
  auto model = run_thimble({"bench", "none.tflite", "--board", "nucleo-l4r5zi"});
  EXPECT_EQ(model.exit_code, 1);
  EXPECT_THAT(model.output, HasSubstr("none.tflite"));
  auto compiler =
      run_thimble({"bench", lenet(), "--board", "nucleo-l4r5zi", "--cc", "no-such-g++"});
  EXPECT_EQ(compiler.exit_code, 1);
  EXPECT_THAT(compiler.output, HasSubstr("gcc-arm-none-eabi"));
  auto usage = run_thimble({"bench", lenet()});
  EXPECT_EQ(usage.exit_code, 2);
  EXPECT_THAT(usage.output, HasSubstr("--board"));
  auto json_error = run_thimble({"analyze", "none.tflite", "--json"});
  EXPECT_THAT(json_error.output, HasSubstr("\"not_found\""));
}

}  // namespace
}  // namespace thimble
