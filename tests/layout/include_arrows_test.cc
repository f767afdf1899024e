// Reads every #include of src/ and target/ against the dependency order of docs/architecture.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "base/files.h"
#include "tests/support/shared_data.h"

namespace thimble {
namespace {

namespace fs = std::filesystem;

// What each folder of src/ may include besides itself.
const std::map<std::string, std::set<std::string>> kAllowed = {
    {"base", {}},
    {"ir", {"base"}},
    {"ops", {"base", "ir"}},
    {"board", {"base"}},
    {"frontend", {"base", "ir", "ops", "passes"}},
    {"passes", {"base", "ir", "ops"}},
    {"exec", {"base", "ir", "ops"}},
    {"data", {"base", "ir"}},
    {"eval", {"base", "ir", "ops", "exec", "data"}},
    {"optimize", {"base", "ir", "ops", "passes", "exec", "data"}},
    {"plan", {"base", "ir", "ops", "board"}},
    {"emit", {"base", "ir", "ops", "plan"}},
    {"firmware", {"base", "board", "emit"}},
    {"sim", {"base", "board"}},
    {"measure",
     {"base", "ir", "ops", "passes", "plan", "emit", "exec", "board", "firmware", "sim"}},
    {"tune",
     {"base", "ir", "ops", "passes", "plan", "emit", "board", "firmware", "sim", "measure"}},
    {"decide", {"base", "ir", "board", "measure", "tune"}},
    {"zoo", {"base", "ir", "ops", "exec"}},
    {"study",
     {"base", "ir", "ops", "board", "firmware", "plan", "exec", "measure", "zoo", "store"}},
    {"store", {"base"}},
    {"sweep", {"base", "board", "data", "sim", "store"}},
    {"reproduce", {"base", "board", "zoo", "store", "sweep", "study", "decide"}},
    {"report", {"base", "store"}},
    {"cli", {"base",     "ir",    "ops",   "frontend", "passes",   "exec",   "data",     "eval",
             "optimize", "board", "plan",  "emit",     "firmware", "sim",    "measure",  "tune",
             "decide",   "zoo",   "study", "store",    "sweep",    "report", "reproduce"}},
};

struct Include {
  fs::path file;
  std::string target;
  bool angled;  // <...>: a library, unless it names a folder of ours
};

std::vector<Include> includes_below(const fs::path& root) {
  static const std::regex kInclude("^\\s*#\\s*include\\s*([\"<])([^\">]+)[\">]");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    std::string extension = entry.path().extension().string();
    if (extension != ".cc" && extension != ".h" && extension != ".inc") continue;
    auto text = base::read_text_file(entry.path());
    EXPECT_TRUE(text) << entry.path();
    std::istringstream lines(*text);
    std::smatch match;
    for (std::string line; std::getline(lines, line);)
      if (std::regex_search(line, match, kInclude))
        found.push_back({entry.path(), match[2], match[1] == "<"});
  }
  return found;
}

bool is_test(const fs::path& file) {
  std::string stem = file.stem().string();
  return stem.ends_with("_test") || stem.ends_with("_test_support");
}

TEST(IncludeArrows, SourceFoldersUseOnlyWhatTheyMay) {
  fs::path src = testing::source_dir() / "src";
  auto includes = includes_below(src);
  ASSERT_GT(includes.size(), 100u);
  for (const Include& include : includes) {
    std::string folder = fs::relative(include.file, src).begin()->string();
    ASSERT_TRUE(kAllowed.contains(folder)) << "src/" << folder << " is not in the dependency order";
    size_t slash = include.target.find('/');
    if (slash == std::string::npos) continue;  // generated headers
    std::string target = include.target.substr(0, slash);
    if (include.angled && !kAllowed.contains(target)) continue;
    bool test_support = is_test(include.file) && (target == "tests" || kAllowed.contains(target));
    EXPECT_TRUE(target == folder || kAllowed.at(folder).contains(target) || test_support)
        << include.file << " includes " << include.target;
  }
}

TEST(IncludeArrows, TargetIncludesNothingFromTheHost) {
  fs::path target = testing::source_dir() / "target";
  for (const Include& include : includes_below(target)) {
    if (is_test(include.file)) continue;
    bool own = include.angled ? !fs::exists(testing::source_dir() / "src" / include.target)
                              : fs::exists(target / include.target);
    EXPECT_TRUE(own) << include.file << " includes " << include.target;
  }
}

}  // namespace
}  // namespace thimble
