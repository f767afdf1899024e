// A folder with a specification whose points are quick: one firmware on boards that differ in their
// clocks.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/subprocess.h"
#include "store/store.h"
#include "tests/support/shared_data.h"

namespace thimble::testing {

inline std::string thimble_program() {
  const char* program = std::getenv("THIMBLE_BINARY");
  return program ? program : "thimble";
}

inline base::ProcessOutput run_thimble(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), thimble_program());
  auto result =
      base::run_process(arguments, {}, std::chrono::seconds(600), base::StandardError::kApart);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : base::ProcessOutput{-1, "", ""};
}

class SweepFolder {
 public:
  explicit SweepFolder(size_t boards) {
    const auto text = base::read_text_file(source_dir() / "boards/nucleo-l496zg.toml");
    EXPECT_TRUE(text);
    std::string names;
    for (size_t i = 0; i < boards; ++i) {
      const std::string name = "board-" + std::to_string(i);
      std::string board = replaced(*text, "name = \"nucleo-l496zg\"", "name = \"" + name + "\"");
      board =
          replaced(board, "clock_hz = 80_000_000", "clock_hz = " + std::to_string(80'000'000 + i));
      EXPECT_TRUE(base::write_file(path() / (name + ".toml"), board));
      names += (i ? ", '" : "'") + name + ".toml'";
    }
    EXPECT_TRUE(base::write_file(
        spec(), "[[engine]]\nname = 'other'\nnetwork = 'program'\nelf = '" THIMBLE_SWEEP_FIRMWARE
                "'\nfunction = 'app::once'\nboards = [" +
                    names + "]\n"));
  }
  std::filesystem::path path() const { return folder_.path(); }
  std::filesystem::path spec() const { return path() / "spec.toml"; }
  std::filesystem::path store() const { return path() / "spec.db"; }

  std::vector<store::Run> runs() const {
    auto opened = store::Store::open(store());
    EXPECT_TRUE(opened) << opened.error().to_string();
    if (!opened) return {};
    auto all = opened->runs();
    EXPECT_TRUE(all) << all.error().to_string();
    return all.value_or(std::vector<store::Run>());
  }

 private:
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
  base::TemporaryDirectory folder_ = *base::TemporaryDirectory::create("thimble-sweep");
};

}  // namespace thimble::testing
