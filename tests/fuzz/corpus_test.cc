// The fuzzing corpus, without the fuzzer: every file as it is, cut off at many lengths, and with
// flipped bits. Each must end with a graph or an error, quickly and with little memory.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/files.h"
#include "base/random.h"
#include "tests/fuzz/exercise.h"
#include "tests/support/op_models.h"
#include "tests/support/sanitizer.h"
#include "tests/support/shared_data.h"

namespace thimble::fuzz {
namespace {

constexpr size_t kCutStep = testing::kSanitized ? 7 : 1;
constexpr size_t kMaxCuts = testing::kSanitized ? 500 : 5000;
constexpr int kFlips = testing::kSanitized ? 80 : 400;
// Far above what these tiny files need, far below what a hostile size field asks for.
constexpr rlim_t kMaxAddressSpace = rlim_t{512} << 20;

// Limits the process while it lives. Sanitizers reserve terabytes, so not with them.
class MemoryLimit {
 public:
  MemoryLimit() {
    if (testing::kSanitized) return;
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit limited = before_;
    limited.rlim_cur = kMaxAddressSpace;
    ::setrlimit(RLIMIT_AS, &limited);
  }
  ~MemoryLimit() {
    if (!testing::kSanitized) ::setrlimit(RLIMIT_AS, &before_);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

// The file, and what to do with it.
struct File {
  base::Bytes bytes;
  base::Result<> (*exercise)(std::span<const std::byte>);
};

using Corpus = std::map<std::string, File>;

Corpus corpus() {
  Corpus files;
  for (const testing::OpModel& model : testing::op_models())
    files[model.name] = {model.file, exercise};
  for (const char* folder : {"tests/fuzz/corpus", "tests/fuzz/onnx_corpus", "tests/onnx/networks"})
    for (const auto& entry : std::filesystem::directory_iterator(testing::source_dir() / folder)) {
      auto bytes = base::read_file(entry.path());
      const bool is_onnx = entry.path().extension() == ".onnx";
      if (bytes)
        files[entry.path().filename().string()] = {*bytes, is_onnx ? exercise_onnx : exercise};
    }
  return files;
}

TEST(FuzzCorpus, WholeFilesEndWithAGraphOrAnError) {
  MemoryLimit limit;
  for (const auto& [name, file] : corpus()) {
    SCOPED_TRACE(name);
    (void)file.exercise(file.bytes);
  }
}

TEST(FuzzCorpus, EveryOneOperatorNetworkIsAccepted) {
  for (const testing::OpModel& model : testing::op_models()) {
    auto result = exercise(model.file);
    EXPECT_TRUE(result) << model.name << ": " << result.error().to_string();
  }
}

// A prefix may still be valid: a FlatBuffer can end with bytes that nothing refers to.
TEST(FuzzCorpus, CutFilesEndWithAGraphOrAnError) {
  MemoryLimit limit;
  for (const auto& [name, file] : corpus()) {
    SCOPED_TRACE(name);
    const size_t step = std::max(kCutStep, file.bytes.size() / kMaxCuts);
    for (size_t length = 0; length < file.bytes.size(); length += step) {
      // A copy of its own, so that a sanitizer sees a read behind its end.
      base::Bytes cut(file.bytes.begin(), file.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      (void)file.exercise(cut);
    }
  }
}

TEST(FuzzCorpus, FilesWithFlippedBitsEndWithAGraphOrAnError) {
  MemoryLimit limit;
  base::Random random(20210501);
  for (const auto& [name, file] : corpus()) {
    if (file.bytes.empty()) continue;
    SCOPED_TRACE(name);
    for (int i = 0; i < kFlips; ++i) {
      base::Bytes flipped = file.bytes;
      for (int64_t flips = random.integer(1, 4); flips > 0; --flips) {
        auto at = static_cast<size_t>(random.integer(0, static_cast<int64_t>(flipped.size()) - 1));
        flipped[at] ^= std::byte{1} << random.integer(0, 7);
      }
      (void)file.exercise(flipped);
    }
  }
}

}  // namespace
}  // namespace thimble::fuzz
