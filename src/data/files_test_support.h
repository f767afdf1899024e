// Small data set files in a temporary folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "data/data_set.h"

namespace thimble::data::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

inline std::string big_endian(uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

class DataFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TemporaryDirectory::create();
    ASSERT_TRUE(folder);
    folder_ = std::move(*folder);
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::string write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    EXPECT_TRUE(base::write_file(path(name), content));
    return path(name);
  }

  // All samples, or the first error.
  static base::Result<std::vector<Sample>> read_all(const std::string& spec) {
    THIMBLE_ASSIGN(auto set, open_data_set(spec));
    std::vector<Sample> samples;
    for (;;) {
      Sample sample;
      THIMBLE_ASSIGN(const bool any, set->next(sample));
      if (!any) return samples;
      samples.push_back(std::move(sample));
    }
  }

  static std::string error_of(const std::string& spec) {
    auto samples = read_all(spec);
    return samples ? "" : samples.error().to_string();
  }

 private:
  base::TemporaryDirectory folder_;
};

}  // namespace thimble::data::testing
