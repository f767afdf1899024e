// accuracy: measures how good the simulator is and writes docs/simulator-accuracy.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/accuracy/results.h"

namespace thimble::accuracy {
namespace {

struct Options {
  std::vector<std::string> tasks;
  std::string root = ".", thimble, elf_directory, firmware_directory;
};

base::Result<> run(const Options& options) {
  const Paths paths{options.root, options.thimble};
  for (const std::string& task : options.tasks) {
    fmt::print(stderr, "{}\n", task);
    if (task == "programs") {
      THIMBLE_TRY(measure_programs(paths));
    } else if (task == "hardware") {
      THIMBLE_TRY(measure_hardware(paths, options.elf_directory));
    } else if (task == "coremark") {
      THIMBLE_TRY(measure_coremark(paths, options.elf_directory));
    } else if (task == "mlperf") {
      THIMBLE_TRY(measure_mlperf(paths, options.firmware_directory));
    } else if (task == "boards") {
      THIMBLE_TRY(measure_boards(paths));
    } else if (task == "networks") {
      THIMBLE_TRY(compare_networks(paths));
    } else if (task == "page") {
      THIMBLE_TRY(write_page(paths));
    } else {
      return base::fail(base::ErrorCode::kInvalidArgument, "there is no task '{}'", task);
    }
  }
  return {};
}

}  // namespace
}  // namespace thimble::accuracy

int main(int argc, char** argv) {
  thimble::accuracy::Options options;
  CLI::App app{"Measures how good the simulator is and writes docs/simulator-accuracy.md."};
  app.add_option("tasks", options.tasks,
                 "programs, hardware, coremark, mlperf, boards, networks, page")
      ->required();
  app.add_option("--root", options.root, "the source tree")->capture_default_str();
  app.add_option("--thimble", options.thimble, "the program to benchmark networks with");
  app.add_option("--elf-dir", options.elf_directory, "programs of published.csv that you built");
  app.add_option("--firmware-dir", options.firmware_directory,
                 "the firmware that tests/accuracy/mlperf.csv names");
  CLI11_PARSE(app, argc, argv);
  const auto result = thimble::accuracy::run(options);
  if (result) return 0;
  fmt::print(stderr, "error: {}\n", result.error().to_string());
  if (!result.error().hint.empty()) fmt::print(stderr, " hint: {}\n", result.error().hint);
  return 1;
}
