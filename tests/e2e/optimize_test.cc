// `thimble optimize` as its user meets it, and what it writes on a simulated board.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/random.h"
#include "tests/e2e/program.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_thimble;

std::string big_endian(uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

// A float LeNet, and 20 images of noise for it.
class Optimize : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = base::TemporaryDirectory::create();
    ASSERT_TRUE(created);
    directory_ = std::move(*created);
    ASSERT_EQ(
        run_thimble({"zoo", "lenet", "--type", "float32", "-o", path("float.tflite")}).exit_code,
        0);
    base::Random random(1);
    write_images("noise", [&] { return static_cast<char>(random.integer(0, 255)); });
  }

  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  template <typename Pixel>
  void write_images(const std::string& name, Pixel pixel) const {
    constexpr uint32_t kCount = 20, kSize = 32;
    std::string images =
        big_endian(0x803) + big_endian(kCount) + big_endian(kSize) + big_endian(kSize);
    for (uint32_t i = 0; i < kCount * kSize * kSize; ++i) images += pixel();
    ASSERT_TRUE(base::write_file(path(name + ".images"), images));
    ASSERT_TRUE(base::write_file(path(name + ".labels"), big_endian(0x801) + big_endian(kCount) +
                                                             std::string(kCount, '\3')));
  }

  std::string data(const std::string& name) const {
    return fmt::format("idx:{},{}", path(name + ".images"), path(name + ".labels"));
  }

  base::ProcessOutput optimize(const std::string& scheme,
                               std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"optimize", path("float.tflite"), "--quantize",
                                          scheme,     "--calibrate",        data("noise"),
                                          "-o",       path("out.tflite")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_thimble(arguments);
  }

 private:
  base::TemporaryDirectory directory_;
};

TEST_F(Optimize, EverySchemeRunsOnABoard) {
  for (const char* scheme : {"full", "mixed", "int16x8"}) {
    SCOPED_TRACE(scheme);
    auto result = optimize(scheme, {"--json"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    auto report = nlohmann::json::parse(result.output);
    EXPECT_EQ(report.at("schema"), "thimble-optimize/1");
    EXPECT_EQ(report.at("calibration_samples"), 20);
    EXPECT_LT(report.at("constant_bytes_after"),
              0.3 * report.at("constant_bytes_before").get<double>());
    EXPECT_GT(report.at("measured_sqnr_db"), 15);
    auto bench = run_thimble({"bench", path("out.tflite"), "--board", "nucleo-l496zg", "--json"});
    ASSERT_EQ(bench.exit_code, 0) << bench.output;
    auto measured = nlohmann::json::parse(bench.output);
    EXPECT_EQ(measured.at("outputs_match_host"), true);
    EXPECT_LT(measured.at("flash").at("weights_bytes"), 90'000);
  }
}

TEST_F(Optimize, PrintsATable) {
  auto result = optimize("full", {"--io", "float", "--calibrator", "mse", "--equalize"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("CONV_2D"));
  EXPECT_THAT(result.output, HasSubstr("int8"));
  EXPECT_THAT(result.output, HasSubstr("of 20 samples"));
}

TEST_F(Optimize, ExplainsWhatIsWrong) {
  write_images("grey", [] { return 'x'; });
  auto constant = run_thimble({"optimize", path("float.tflite"), "--quantize", "full",
                               "--calibrate", data("grey"), "-o", path("out.tflite")});
  EXPECT_EQ(constant.exit_code, 2);
  EXPECT_THAT(constant.output, HasSubstr("nothing but the value"));
  auto no_data = run_thimble(
      {"optimize", path("float.tflite"), "--quantize", "full", "-o", path("out.tflite")});
  EXPECT_EQ(no_data.exit_code, 2);
  EXPECT_THAT(no_data.output, HasSubstr("--calibrate"));
  EXPECT_FALSE(fs::exists(path("out.tflite")));

  ASSERT_EQ(optimize("full").exit_code, 0);
  auto again = run_thimble({"optimize", path("out.tflite"), "--quantize", "full", "--calibrate",
                            data("noise"), "-o", path("again.tflite")});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.output, HasSubstr("already quantized"));
  EXPECT_FALSE(fs::exists(path("again.tflite")));
}

TEST_F(Optimize, PrunesWeightsThatFlashThenDoesWithout) {
  auto result = optimize("full", {"--prune", "0.8", "--prune-scope", "layer", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto report = nlohmann::json::parse(result.output);
  const auto& prune = report.at("prune");
  uint64_t weights = 0, zeros = 0;
  for (const auto& layer : prune.at("layers")) {
    weights += layer.at("weights").get<uint64_t>();
    zeros += layer.at("zeros").get<uint64_t>();
  }
  // Channels of nothing but zeros have left the network.
  EXPECT_GT(static_cast<double>(zeros), 0.7 * static_cast<double>(weights));
  EXPECT_LT(prune.at("table_bytes_sparse"), 0.5 * prune.at("table_bytes_dense").get<double>());
  EXPECT_LT(report.at("gzip_bytes"), 0.15 * report.at("gzip_bytes_before").get<double>());

  uint64_t flash[2];
  for (const char* use : {"never", "always"}) {
    auto bench = run_thimble(
        {"bench", path("out.tflite"), "--board", "nucleo-l496zg", "--json", "--sparse", use});
    ASSERT_EQ(bench.exit_code, 0) << bench.output;
    const auto measured = nlohmann::json::parse(bench.output);
    EXPECT_EQ(measured.at("outputs_match_host"), true);
    const bool is_sparse = std::string_view(use) == "always";
    bool any = false;
    for (const auto& layer : measured.at("layers")) any |= layer.at("is_sparse").get<bool>();
    EXPECT_EQ(any, is_sparse);
    flash[is_sparse] = measured.at("flash").at("total_bytes");
  }
  EXPECT_LT(flash[1] + 40'000, flash[0]);
}

TEST_F(Optimize, PrunesChannelsOfAFloatNetwork) {
  auto result = run_thimble({"optimize", path("float.tflite"), "--prune", "0.5", "--prune-unit",
                             "channels", "--prune-scope", "layer", "-o", path("out.tflite")});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("16 -> 8"));
  EXPECT_LT(fs::file_size(path("out.tflite")), fs::file_size(path("float.tflite")) / 3);
  auto bench = run_thimble({"bench", path("out.tflite"), "--board", "nucleo-l496zg", "--json"});
  ASSERT_EQ(bench.exit_code, 0) << bench.output;
  EXPECT_EQ(nlohmann::json::parse(bench.output).at("outputs_match_host"), true);
}

TEST_F(Optimize, FourBitsHalveTheWeights) {
  struct Cost {
    uint64_t flash, cycles;
  };
  std::map<std::string, std::array<Cost, 2>> costs;
  for (bool four_bits : {false, true}) {
    auto result = optimize(
        "full", four_bits ? std::vector<std::string>{"--int4", "all"} : std::vector<std::string>{});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    for (const char* board : {"nucleo-l496zg", "nucleo-g0b1re"}) {
      auto bench = run_thimble({"bench", path("out.tflite"), "--board", board, "--json"});
      ASSERT_EQ(bench.exit_code, 0) << bench.output;
      const auto measured = nlohmann::json::parse(bench.output);
      EXPECT_EQ(measured.at("outputs_match_host"), true);
      costs[board][four_bits] = {measured.at("flash").at("total_bytes"),
                                 measured.at("totals").at("cycles")};
    }
  }
  for (const auto& [board, cost] : costs) {
    const auto& [eight, four] = cost;
    EXPECT_LT(four.flash + 25'000, eight.flash) << board;
    EXPECT_LT(static_cast<double>(four.cycles), 1.3 * static_cast<double>(eight.cycles)) << board;
  }
}

TEST_F(Optimize, HasToBeAskedForSomething) {
  auto result = run_thimble({"optimize", path("float.tflite"), "-o", path("out.tflite")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--prune"));
}

TEST_F(Optimize, WritesTheSameBytesAgain) {
  ASSERT_EQ(optimize("full").exit_code, 0);
  auto first = base::read_file(path("out.tflite"));
  ASSERT_EQ(optimize("full").exit_code, 0);
  auto second = base::read_file(path("out.tflite"));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(*first == *second);
}

}  // namespace
}  // namespace thimble
