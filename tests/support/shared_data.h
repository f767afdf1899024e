// Where the shared models, golden outputs and data sets are. A fresh clone has none of them: then
// the tests that need them say so and are skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace thimble::testing {

inline std::filesystem::path source_dir() {
  const char* dir = std::getenv("THIMBLE_SOURCE_DIR");
  return dir ? dir : std::filesystem::current_path();
}

// THIMBLE_SHARED, or ../shared beside the source tree.
inline std::optional<std::filesystem::path> shared_dir() {
  const char* dir = std::getenv("THIMBLE_SHARED");
  std::filesystem::path path =
      dir && *dir ? std::filesystem::path(dir) : source_dir().parent_path() / "shared";
  if (std::filesystem::is_directory(path / "models")) return path;
  return std::nullopt;
}

}  // namespace thimble::testing

// In a test body: skips, saying why, when there is no shared data.
#define THIMBLE_NEED_SHARED(variable)                                              \
  auto variable##_found = ::thimble::testing::shared_dir();                        \
  if (!variable##_found)                                                           \
    GTEST_SKIP() << "needs the shared models: set THIMBLE_SHARED to their folder"; \
  const std::filesystem::path& variable = *variable##_found
