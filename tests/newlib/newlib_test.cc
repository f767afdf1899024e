// Firmware we did not write: newlib's start-up, printf, malloc and qsort, unmodified, by
// semihosting and over a serial port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/subprocess.h"
#include "tests/e2e/program.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::StartsWith;

base::ProcessOutput sim(const std::string& name, const char* board,
                        std::vector<std::string> options = {}) {
  const fs::path elf = fs::path(THIMBLE_NEWLIB_FIRMWARE_DIR) / (name + ".elf");
  options.insert(options.begin(),
                 {"sim", elf.string(), "--board", board, "--max-cycles", "100000000"});
  return testing::run_thimble(std::move(options));
}

// What hosted.c prints, computed here.
std::string expected_text() {
  constexpr size_t kCount = 500;
  std::multiset<int> values;
  uint32_t state = 1;
  for (size_t i = 0; i < kCount; ++i) {
    state = state * 1103515245u + 12345u;
    values.insert(static_cast<int>(state >> 16 & 0x7FFF));
  }
  double sum = 0;
  for (int value : values) sum += 1.0 / (1 + value);
  return fmt::format(
      "1 argument, a name\nsorted: 1, sum {:.9f}, up\nan error message\nfile: absent\n"
      "input: -1\nclock: runs\n",
      sum);
}

struct Target {
  const char* core;
  const char* board;
};

class Newlib : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(THIMBLE_NEWLIB_FIRMWARE_DIR) / "serial.elf"))
      GTEST_SKIP() << "needs newlib for Arm: install libnewlib-arm-none-eabi, configure and build";
  }
};

TEST_P(Newlib, ProgramRunsUnmodifiedBySemihosting) {
  const auto& [core, board] = GetParam();
  const std::string name = fmt::format("hosted_{}", core);
  const base::ProcessOutput run = sim(name, board);
  EXPECT_EQ(run.exit_code, 42) << run.output;
  EXPECT_THAT(run.output, StartsWith(expected_text()));
  EXPECT_THAT(run.output, HasSubstr("ended    the program ended with code 42"));

  const json report = json::parse(sim(name, board, {"--json"}).output, nullptr, false);
  ASSERT_FALSE(report.is_discarded());
  EXPECT_EQ(report["output"], expected_text());
  std::vector<std::string> functions;
  for (const json& function : report["functions"]) functions.push_back(function["name"]);
  EXPECT_THAT(functions, IsSupersetOf({"main", "qsort", "printf", "malloc", "by_value"}));
}

INSTANTIATE_TEST_SUITE_P(Cores, Newlib,
                         ::testing::Values(Target{"m0plus", "nucleo-g0b1re"},
                                           Target{"m4", "nucleo-l496zg"},
                                           Target{"m7", "nucleo-f767zi"},
                                           Target{"m33", "nucleo-u575zi"}),
                         [](const auto& target) { return std::string(target.param.core); });

class NewlibSerial : public Newlib {};

constexpr const char* kSerialText =
    "serial: initialised data, 3.000\nline 0 of a\nline 1 of b\nline 2 of c\n";

// It sets its clocks and waits for them as on a board; nothing is left to do when main returns.
TEST_P(NewlibSerial, PrintsOverTheSerialPort) {
  const auto& [core, board] = GetParam();
  const base::ProcessOutput run = sim("serial", board, {"--uart", "stdout"});
  EXPECT_EQ(run.exit_code, 122) << run.output;
  EXPECT_THAT(run.output, StartsWith(kSerialText));

  auto directory = base::TemporaryDirectory::create();
  ASSERT_TRUE(directory);
  const std::string file = (directory->path() / "uart.txt").string();
  EXPECT_EQ(sim("serial", board, {"--uart", file}).exit_code, 122);
  EXPECT_EQ(base::read_text_file(file).value_or(""), kSerialText);
}

INSTANTIATE_TEST_SUITE_P(Stm32L4, NewlibSerial,
                         ::testing::Values(Target{"m4", "nucleo-l496zg"},
                                           Target{"m4", "nucleo-l4r5zi"}),
                         [](const auto& target) {
                           return std::string(target.param.board).substr(7);
                         });

}  // namespace
}  // namespace thimble
