#include "sweep/file_digests.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "base/sha256.h"

namespace thimble::sweep {
namespace {

namespace fs = std::filesystem;

TEST(FileDigests, ReadsAgainOnlyWhatHasChanged) {
  const base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const fs::path file = folder.path() / "data", kept = folder.path() / "work" / "digests.json";
  const std::string content(3'000'000, 'x');
  ASSERT_TRUE(base::write_file(file, content));
  {
    FileDigests digests(kept);
    EXPECT_EQ(digests.sha256(file), base::sha256_hex(content));
    digests.save();
    EXPECT_FALSE(fs::exists(kept)) << "too young: another change may leave its times alike";
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  {
    FileDigests digests(kept);
    EXPECT_EQ(digests.sha256(file), base::sha256_hex(content));
    digests.save();
  }
  // Whether it is read again shows when what was kept says something else.
  auto object = nlohmann::json::parse(*base::read_text_file(kept));
  object.at(file.string()).at("sha256") = "as kept";
  ASSERT_TRUE(base::write_file(kept, object.dump()));
  EXPECT_EQ(FileDigests(kept).sha256(file), "as kept");

  // Of the same size, and dated back.
  const auto modified = fs::last_write_time(file);
  const std::string other(content.size(), 'y');
  ASSERT_TRUE(base::write_file(file, other));
  fs::last_write_time(file, modified);
  EXPECT_EQ(FileDigests(kept).sha256(file), base::sha256_hex(other));
}

TEST(FileDigests, SurvivesWhatItCannotRead) {
  const base::TemporaryDirectory folder = *base::TemporaryDirectory::create();
  const fs::path kept = folder.path() / "digests.json";
  EXPECT_EQ(FileDigests(kept).sha256(folder.path() / "none").error().code,
            base::ErrorCode::kNotFound);
  EXPECT_EQ(FileDigests(kept).sha256(folder.path()).error().code, base::ErrorCode::kIo);
  EXPECT_EQ(FileDigests(kept).sha256("/dev/zero").error().code, base::ErrorCode::kIo);
  ASSERT_TRUE(base::write_file(folder.path() / "data", std::string("x")));
  for (const char* text : {"{\"a\": 1}", "[", "[1]", "{\"a\": {\"size_bytes\": \"x\"}}"}) {
    ASSERT_TRUE(base::write_file(kept, std::string_view(text)));
    EXPECT_EQ(FileDigests(kept).sha256(folder.path() / "data"), base::sha256_hex("x")) << text;
  }
}

}  // namespace
}  // namespace thimble::sweep
