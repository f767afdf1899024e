#include "base/files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/subprocess.h"

namespace thimble::base {
namespace {

namespace fs = std::filesystem;

TEST(Files, WritesAndReadsBack) {
  auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(directory);
  fs::path path = directory->path() / "a.txt";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_TRUE(write_file(path, "second"));
  EXPECT_EQ(*read_text_file(path), "second");
  // No temporary file is left beside it.
  EXPECT_EQ(std::distance(fs::directory_iterator(directory->path()), fs::directory_iterator()), 1);
}

TEST(Files, FailedWriteLeavesNothing) {
  auto directory = TemporaryDirectory::create();
  auto result = write_file(directory->path() / "missing" / "a.txt", "x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_TRUE(fs::is_empty(directory->path()));
}

TEST(Files, WritesThroughALink) {
  auto directory = TemporaryDirectory::create();
  fs::path file = directory->path() / "real", link = directory->path() / "link";
  ASSERT_TRUE(write_file(file, "a longer first content"));
  fs::create_symlink(file, link);
  ASSERT_TRUE(write_file(link, "new"));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(*read_text_file(file), "new");
  // By a new file in its place: what fails in between leaves the old one.
  const fs::path other = directory->path() / "other name of the old one";
  fs::create_hard_link(file, other);
  ASSERT_TRUE(write_file(link, "newer"));
  EXPECT_EQ(*read_text_file(file), "newer");
  EXPECT_EQ(*read_text_file(other), "new");
}

TEST(Files, ReadErrorsSayWhy) {
  auto directory = TemporaryDirectory::create();
  EXPECT_EQ(read_file(directory->path() / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(directory->path()).error().code, ErrorCode::kIo);
  ASSERT_TRUE(write_file(directory->path() / "big", std::string(100, 'x')));
  EXPECT_EQ(read_file(directory->path() / "big", 99).error().code, ErrorCode::kLimit);
  EXPECT_EQ(read_file(directory->path() / "big", 100)->size(), 100u);
}

TEST(Files, TemporaryDirectoryIsRemoved) {
  fs::path path;
  {
    auto directory = TemporaryDirectory::create();
    path = directory->path();
    EXPECT_TRUE(fs::is_directory(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(Subprocess, ReturnsOutputAndStatus) {
  auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "out\nerr\n");
}

TEST(Subprocess, SaysThatOutputWasCut) {
  const std::vector<std::string> five_bytes = {"sh", "-c", "printf 12345"};
  const auto run = [&](size_t max_bytes) {
    return run_process(five_bytes, {}, std::chrono::seconds(60), StandardError::kApart, max_bytes);
  };
  EXPECT_EQ(run(5)->output, "12345");
  EXPECT_FALSE(run(5)->is_cut);
  EXPECT_EQ(run(4)->output, "1234");
  EXPECT_TRUE(run(4)->is_cut);
}

TEST(Subprocess, MissingProgramIsNotFound) {
  auto result = run_process({"thimble-no-such-program"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

TEST(Subprocess, KillsWhatTakesTooLong) {
  auto result = run_process({"sleep", "60"}, {}, std::chrono::seconds(1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace thimble::base
