#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/subprocess.h"
#include "tests/e2e/program.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kBoard = "nucleo-l496zg";

fs::path firmware(const std::string& name) {
  return fs::path(THIMBLE_SIM_CLI_FIRMWARE_DIR) / (name + ".elf");
}

class SimCli : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(firmware("program")))
      GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi and configure again";
    auto directory = base::TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    directory_ = std::move(*directory);
  }

  base::ProcessOutput sim(const std::string& name, std::vector<std::string> options) {
    options.insert(options.begin(), {"sim", firmware(name).string(), "--board", kBoard});
    return testing::run_thimble(options);
  }
  json sim_json(const std::string& name, std::vector<std::string> options = {}) {
    options.push_back("--json");
    const std::string text = sim(name, options).output;
    json object = json::parse(text, nullptr, false);
    EXPECT_FALSE(object.is_discarded()) << text;
    return object;
  }
  std::string temporary(const char* name) const { return (directory_.path() / name).string(); }

  base::TemporaryDirectory directory_;
};

json function_named(const json& report, const std::string& name) {
  for (const json& function : report["functions"])
    if (function["name"] == name) return function;
  ADD_FAILURE() << "no function " << name;
  return {};
}

// The line of program.cc that carries "// at: name"; 0: none.
int line_marked(const std::string& name) {
  std::ifstream source(testing::source_dir() / "tests/sim_cli/firmware/program.cc");
  std::string text;
  for (int line = 1; std::getline(source, text); ++line)
    if (text.ends_with("// at: " + name)) return line;
  return 0;
}

TEST_F(SimCli, ShowsOutputAndReportAndReturnsTheProgramsExitCode) {
  const base::ProcessOutput run = sim("program", {"--lines"});
  EXPECT_EQ(run.exit_code, 42) << run.output;
  EXPECT_TRUE(run.output.starts_with("hello\n")) << run.output;
  for (const char* part : {"the program ended with code 42", "timing version", "app::work",
                           "program.cc:", "stack_top", "energy"})
    EXPECT_THAT(run.output, HasSubstr(part));
  EXPECT_THAT(run.output, Not(HasSubstr("\033["))) << "no colours in a pipe";
}

TEST_F(SimCli, ProfileAddsUp) {
  const json report = sim_json("program", {"--lines"});
  EXPECT_EQ(report["schema"], "thimble-sim/1");
  EXPECT_EQ(report["end"]["kind"], "exit");
  EXPECT_EQ(report["output"], "hello\n");
  uint64_t functions = report["idle_cycles"];
  for (const json& function : report["functions"])
    functions += function["self"]["cycles"].get<uint64_t>();
  EXPECT_EQ(functions, report["cycles"]);
  uint64_t lines = report["idle_cycles"];
  for (const json& line : report["lines"]) lines += line["cycles"].get<uint64_t>();
  EXPECT_EQ(lines, report["cycles"]);

  EXPECT_EQ(function_named(report, "app::once()")["calls"], 3);
  const json recurse = function_named(report, "app::recurse(unsigned long)");
  EXPECT_EQ(recurse["calls"], 18);
  const json work = function_named(report, "app::work(unsigned long)");
  EXPECT_EQ(work["calls"], 6);
  EXPECT_EQ(work["inclusive"], work["self"]);
  const uint64_t once = function_named(report, "app::once()")["inclusive"]["cycles"];
  EXPECT_GT(once, recurse["inclusive"]["cycles"].get<uint64_t>());
  EXPECT_LE(once, report["cycles"].get<uint64_t>());
  // Six levels of recursion with a frame of at least 8 words each, far from the 64 KiB of RAM.
  EXPECT_GT(report["stack"]["used_bytes"], 6 * 32);
  EXPECT_LT(report["stack"]["used_bytes"], 1024);
}

TEST_F(SimCli, CountsPassesBetweenSymbols) {
  const json report =
      sim_json("program", {"--from", "app::once", "--to", "app::recurse(unsigned long)"});
  const json& passes = report["passes"];
  EXPECT_EQ(passes["count"], 3);
  const uint64_t work = function_named(report, "app::work(unsigned long)")["self"]["cycles"];
  EXPECT_GT(passes["min_cycles"].get<uint64_t>(), 100u);
  EXPECT_LT(passes["mean_cycles"].get<double>() * 3, static_cast<double>(work) + 200);
  EXPECT_LE(passes["min_cycles"], passes["max_cycles"]);
  // Watching does not change what is watched.
  EXPECT_EQ(report["cycles"], sim_json("program")["cycles"]);
}

TEST_F(SimCli, BacktraceNamesEveryCallerAndNoOther) {
  const base::ProcessOutput text = sim("crash", {});
  EXPECT_EQ(text.exit_code, 120) << text.output;
  EXPECT_THAT(text.output, HasSubstr("read from unmapped memory at 0x60000008"));
  const json report = sim_json("crash");
  const json& fault = report["end"]["fault"];
  EXPECT_EQ(report["end"]["where"]["function"], "app::fail_here(unsigned long)");
  EXPECT_EQ(report["end"]["where"]["line"], line_marked("crash"));
  ASSERT_EQ(fault["callers"].size(), 4u) << fault.dump(2);
  const char* functions[] = {"app::middle(unsigned long)", "app::outer()", "main", "reset"};
  const char* marks[] = {"middle", "outer", "main"};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(fault["callers"][i]["function"], functions[i]);
    EXPECT_EQ(fault["callers"][i]["guessed"], false);
    if (i < 3) {
      EXPECT_EQ(fault["callers"][i]["line"], line_marked(marks[i])) << i;
    }
  }
}

TEST_F(SimCli, LimitsEndTheRunWithAStatusOfTheirOwn) {
  EXPECT_EQ(sim("endless", {"--max-cycles", "100000"}).exit_code, 124);
  const json report = sim_json("endless", {"--max-seconds", "0.001"});
  EXPECT_EQ(report["end"]["kind"], "limit");
  EXPECT_NEAR(report["cycles"].get<double>(), 80'000, 200);
}

TEST_F(SimCli, CallgrindCanReadTheProfile) {
  const std::string file = temporary("callgrind.out");
  const json report = sim_json("program", {"--callgrind", file});
  const auto annotated =
      base::run_process({"callgrind_annotate", "--inclusive=yes", file}, directory_.path());
  if (!annotated) GTEST_SKIP() << "needs callgrind_annotate: install valgrind";
  EXPECT_EQ(annotated->exit_code, 0) << annotated->output;
  auto without_commas = annotated->output;
  std::erase(without_commas, ',');
  EXPECT_THAT(without_commas,
              HasSubstr(fmt::format("{} (100.0%)", report["cycles"].get<uint64_t>())));
  // What callgrind makes of self costs and calls is what we call inclusive.
  for (const char* name : {"main", "app::once()", "app::recurse(unsigned long)"}) {
    const uint64_t cycles = function_named(report, name)["inclusive"]["cycles"];
    EXPECT_THAT(without_commas, ::testing::ContainsRegex(fmt::format(
                                    "{} \\([^\n]*:{}\n?", cycles,
                                    std::string(name).substr(0, std::string(name).find('(')))));
  }
}

TEST_F(SimCli, WritesTracesThatThimbleTraceReads) {
  const std::string csv = temporary("trace.csv"), vcd = temporary("trace.vcd");
  EXPECT_EQ(sim("program", {"--trace-csv", csv, "--vcd", vcd}).exit_code, 42);
  const auto text = base::read_text_file(csv);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text,
              ::testing::StartsWith("time_s,current_ma,voltage_v\n0.000000000,13.333333,3.3"));
  const base::ProcessOutput trace = testing::run_thimble({"trace", csv, "--pin", "PB5"});
  EXPECT_EQ(trace.exit_code, 1);
  EXPECT_THAT(trace.output, HasSubstr("no column 'PB5'"));
  EXPECT_THAT(*base::read_text_file(vcd), HasSubstr("$enddefinitions $end"));
}

TEST_F(SimCli, ErrorsSayWhatToDo) {
  auto fails = [&](std::vector<std::string> options, int status, const char* text) {
    const base::ProcessOutput run = sim("program", std::move(options));
    EXPECT_EQ(run.exit_code, status) << run.output;
    EXPECT_THAT(run.output, HasSubstr(text));
  };
  fails({"--from", "main"}, 2, "--to");
  fails({"--from", "resett", "--to", "main"}, 1, "did you mean 'reset'?");
  fails({"--from-pin", "PB5", "--to-pin", "PB5:fall"}, 2, "PB5:rise");
  fails({"--from", "mian", "--to", "reset"}, 1, "did you mean 'main'?");
  fails({"--max-cycles", "0"}, 2, "--max-cycles: '0' is no number above 0");
  fails({"--max-seconds", "soon"}, 2, "'soon' is no number above 0");
  for (const char* option : {"--callgrind", "--vcd", "--trace-csv", "--uart"}) {
    fails({option, temporary("none/file")}, 1, "mkdir -p");
    fails({option, directory_.path().string()}, 2, "is a directory");
  }
  const base::ProcessOutput no_file = testing::run_thimble({"sim", "none.elf", "--board", kBoard});
  EXPECT_EQ(no_file.exit_code, 1);
  EXPECT_THAT(no_file.output, HasSubstr("none.elf"));
}

TEST_F(SimCli, FirmwareThatCannotRunOnTheBoardIsExplained) {
  auto explains = [](const std::string& file, const char* board, const char* text) {
    const base::ProcessOutput run = testing::run_thimble({"sim", file, "--board", board});
    EXPECT_EQ(run.exit_code, 1) << run.output;
    EXPECT_THAT(run.output, HasSubstr(text));
    EXPECT_THAT(run.output, HasSubstr(" hint: "));
  };
  const std::string text = temporary("text.elf");
  for (const char* content : {"", "no program"}) {
    ASSERT_TRUE(base::write_file(text, std::string_view(content)));
    explains(text, kBoard, "not an ELF file");
  }
  explains("/proc/self/exe", kBoard, "not of a 32-bit little-endian Arm processor");
  // Linked for an STM32, which has its flash at 0x08000000.
  explains(firmware("program").string(), "nrf52840dk", "link the program for them");

  const base::ProcessOutput other_core =
      testing::run_thimble({"sim", firmware("program").string(), "--board", "nucleo-g0b1re"});
  EXPECT_EQ(other_core.exit_code, 120) << other_core.output;
  EXPECT_THAT(other_core.output, HasSubstr("-mcpu=cortex-m0plus"));
}

}  // namespace
}  // namespace thimble
