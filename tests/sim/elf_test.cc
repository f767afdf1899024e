#include "sim/elf/elf.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/random.h"
#include "test_machine.h"

namespace thimble::sim::testing {
namespace {

base::Bytes firmware_bytes() {
  return base::read_file(firmware("m4")).value();
}

TEST(Elf, KnowsSectionsSymbolsAndLines) {
  THIMBLE_NEED_FIRMWARE();
  const auto elf = Elf::load(firmware("m4"));
  ASSERT_TRUE(elf) << elf.error().to_string();
  const Symbol* reset = elf->find_symbol("reset");
  ASSERT_NE(reset, nullptr);
  EXPECT_EQ(elf->entry() & ~1u, reset->address);
  EXPECT_EQ(reset->kind, SymbolKind::kFunction);
  EXPECT_EQ(reset->address & 1, 0u);
  EXPECT_EQ(elf->function_at(reset->address + 4), reset);
  EXPECT_EQ(elf->function_at(0x70000000), nullptr);
  EXPECT_EQ(elf->find_symbol("no_such_symbol"), nullptr);

  const Symbol* weights = elf->find_symbol("weights");
  ASSERT_NE(weights, nullptr);
  EXPECT_EQ(weights->kind, SymbolKind::kObject);
  EXPECT_EQ(weights->size_bytes, 32768u);

  const Symbol* dot = elf->find_symbol("dot");
  ASSERT_NE(dot, nullptr);
  const auto line = elf->source_line(dot->address);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->file.ends_with("scenarios.cc"));
  EXPECT_GT(line->line, 100);
  EXPECT_FALSE(elf->source_line(0x70000000));

  const uint32_t data = elf->section_bytes(".data");
  EXPECT_GT(data, 0u);
  EXPECT_EQ(elf->static_ram_bytes(), data + elf->section_bytes(".bss"));
  EXPECT_GE(elf->flash_image_bytes(), 32768 + data);
  EXPECT_LT(elf->flash_image_bytes(), 64u << 10);
}

TEST(Elf, DemanglesOnlyWhatIsMangled) {
  EXPECT_EQ(demangle("_ZN2ab1fEi"), "ab::f(int)");
  EXPECT_EQ(demangle("_Z"), "_Z");
  EXPECT_EQ(demangle("thimble_reset"), "thimble_reset");
}

TEST(Elf, RefusesWhatIsNoArmProgram) {
  EXPECT_EQ(Elf::load("/no/such/file").error().code, base::ErrorCode::kNotFound);
  EXPECT_EQ(Elf::parse({}).error().code, base::ErrorCode::kMalformed);
  EXPECT_EQ(Elf::parse(base::Bytes(200)).error().code, base::ErrorCode::kMalformed);
  THIMBLE_NEED_FIRMWARE();
  base::Bytes wide = firmware_bytes();
  wide[4] = std::byte{2};  // ELFCLASS64
  EXPECT_EQ(Elf::parse(wide).error().code, base::ErrorCode::kUnsupported);
  base::Bytes object = firmware_bytes();
  object[16] = std::byte{1};  // ET_REL
  EXPECT_EQ(Elf::parse(object).error().code, base::ErrorCode::kUnsupported);
}

TEST(Elf, TruncatedFilesAreErrors) {
  THIMBLE_NEED_FIRMWARE();
  const base::Bytes whole = firmware_bytes();
  // The section headers come last, so every shorter file is incomplete.
  for (size_t size = 0; size < whole.size(); size += 1 + size / 8)
    EXPECT_FALSE(Elf::parse(base::Bytes(whole.begin(), whole.begin() + size))) << size << " bytes";
}

TEST(Elf, DamagedHeadersNeverCrash) {
  THIMBLE_NEED_FIRMWARE();
  const base::Bytes whole = firmware_bytes();
  uint32_t section_table = 0;
  std::memcpy(&section_table, whole.data() + 32, sizeof(section_table));
  base::Random random(3);
  for (int round = 0; round < 2000; ++round) {
    base::Bytes damaged = whole;
    for (int i = 0; i < 4; ++i) {
      // Headers at the start, or the section table at the end.
      const int64_t at = random.integer(0, 1) ? random.integer(0, 200)
                                              : random.integer(section_table, whole.size() - 1);
      damaged[at] = static_cast<std::byte>(random.integer(0, 255));
    }
    const auto elf = Elf::parse(std::move(damaged));
    if (!elf) continue;
    for (uint32_t offset = 0; offset < 2048; offset += 256) elf->function_at(kFlashBase + offset);
  }
}

}  // namespace
}  // namespace thimble::sim::testing
