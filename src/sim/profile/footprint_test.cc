#include "sim/profile/footprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/profile/profile_test_support.h"
#include "sim/profile/session.h"

namespace thimble::sim {
namespace {

using testing_support::NamedFunction;

board::Board small_board() {
  board::Board board;
  board.name = "small";
  board.memories.resize(2);
  board.memories[0].name = "flash";
  board.memories[0].kind = board::MemoryKind::kFlash;
  board.memories[0].base = 0x08000000;
  board.memories[0].size_bytes = 0x10000;
  board.memories[1].name = "ram";
  board.memories[1].kind = board::MemoryKind::kRam;
  board.memories[1].base = 0x20000000;
  board.memories[1].size_bytes = 0x8000;
  return board;
}

TEST(FindStack, TakesTheLinkerScriptsLimit) {
  const Elf elf =
      testing_support::elf_with_functions({{"_estack", 0x20008000}, {"_sstack", 0x20007000}}, 0);
  const auto area = find_stack(elf, small_board(), 0x20008000);
  ASSERT_TRUE(area);
  EXPECT_EQ(area->low, 0x20007000u);
  EXPECT_EQ(area->high, 0x20008000u);
  EXPECT_EQ(area->low_from, "_sstack");
  EXPECT_EQ(area->high_from, "_estack");
  EXPECT_TRUE(area->set_aside);
}

TEST(FindStack, WithoutALimitReachesDownToWhatLiesBelow) {
  const Elf elf = testing_support::elf_with_functions({{"f", 0x100}}, 4);
  const auto area = find_stack(elf, small_board(), 0x20004000);
  ASSERT_TRUE(area);
  EXPECT_EQ(area->low, 0x20000000u);
  EXPECT_EQ(area->high, 0x20004000u);
  EXPECT_EQ(area->low_from, "the start of ram");
  EXPECT_FALSE(area->set_aside);
}

TEST(FindStack, IgnoresALimitFromAnotherMemory) {
  const Elf elf = testing_support::elf_with_functions({{"_sstack", 0x10000000}}, 0);
  EXPECT_EQ(find_stack(elf, small_board(), 0x20004000)->low, 0x20000000u);
}

TEST(FindStack, SaysWhenThereIsNone) {
  const Elf elf = testing_support::elf_with_functions({{"f", 0x100}}, 4);
  for (const uint32_t sp : {0u, 0x08000100u, 0x20000000u, 0x20008001u, 0xFFFFFFFFu})
    EXPECT_FALSE(find_stack(elf, small_board(), sp)) << sp;
}

TEST(FindFunction, KnowsReadableNames) {
  const Elf elf =
      testing_support::elf_with_functions({{"_ZN2ns4convEi", 0x100}, {"main", 0x200}}, 4);
  EXPECT_EQ((*find_function(elf, "main"))->address, 0x200u);
  for (const char* name : {"_ZN2ns4convEi", "ns::conv(int)", "ns::conv"})
    EXPECT_EQ((*find_function(elf, name))->address, 0x100u) << name;
  const auto missing = find_function(elf, "maine");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().hint, "did you mean 'main'?");
}

}  // namespace
}  // namespace thimble::sim
