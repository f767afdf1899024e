#include "tune/cache.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace thimble::tune {
namespace {

TEST(Cache, FindsWhatWasStored) {
  auto folder = base::TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  const Cache cache(folder->path() / "made" / "when needed");
  EXPECT_EQ(cache.find("conv 3x3\n"), std::nullopt);
  ASSERT_TRUE(cache.store("conv 3x3\n", 1234));
  ASSERT_TRUE(cache.store("conv 1x1\n", 5));
  EXPECT_EQ(cache.find("conv 3x3\n"), 1234u);
  EXPECT_EQ(cache.find("conv 1x1\n"), 5u);
  ASSERT_TRUE(cache.store("conv 3x3\n", 99));
  EXPECT_EQ(cache.find("conv 3x3\n"), 99u);
}

TEST(Cache, TreatsDamagedFilesAsMissing) {
  auto folder = base::TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  const Cache cache(folder->path());
  ASSERT_TRUE(cache.store("conv", 1234));
  const std::filesystem::path file = *std::filesystem::directory_iterator(folder->path());
  for (const char* text :
       {"", "1234", "12x4\nconv", "1234\nother", "\nconv", "99999999999999999999999\nconv"}) {
    ASSERT_TRUE(base::write_file(file, std::string_view(text)));
    EXPECT_EQ(cache.find("conv"), std::nullopt) << text;
  }
}

TEST(Cache, WithoutAFolderHoldsNothing) {
  const Cache cache({});
  EXPECT_TRUE(cache.store("conv", 1));
  EXPECT_EQ(cache.find("conv"), std::nullopt);
}

}  // namespace
}  // namespace thimble::tune
