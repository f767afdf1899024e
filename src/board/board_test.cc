#include "board/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace thimble::board {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGood = R"(name = "mine"
description = "My board"
core = "cortex-m4"
fpu = true
clock_hz = 48_000_000
code_memory = "flash"
data_memory = "ram"

[[memory]]
name = "flash"
kind = "flash"
base = 0x0800_0000
size_bytes = 65_536
wait_states = 1
read_bytes = 8
prefetch = true
source = "manual"

[[memory]]
name = "ram"
kind = "ram"
base = 0x2000_0000
size_bytes = 16_384
wait_states = 0
source = "manual"

[[cache]]
serves = "instructions"
memories = ["flash"]
size_bytes = 128
line_bytes = 8
ways = 4
replacement = "lru"
enabled = true
source = "manual"

[power]
active_mw = 12.5
sleep_mw = 0
supply_v = 3.3
source = "measured"
)";

// The error when the first `from` in the good file becomes `to`.
base::Error error_of(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  auto board = parse_board(text, "mine.toml");
  EXPECT_FALSE(board.has_value()) << to;
  if (board) return {base::ErrorCode::kIo, "no error"};
  EXPECT_EQ(board.error().code, base::ErrorCode::kMalformed);
  EXPECT_THAT(board.error().to_string(), HasSubstr("mine.toml: line "));
  return board.error();
}

TEST(Board, ParsesEveryKey) {
  auto board = parse_board(kGood, "mine.toml");
  ASSERT_TRUE(board.has_value()) << board.error().to_string();
  EXPECT_EQ(board->name, "mine");
  EXPECT_EQ(board->description, "My board");
  EXPECT_EQ(board->core, "cortex-m4");
  EXPECT_TRUE(board->fpu);
  EXPECT_EQ(board->clock_hz, 48'000'000);
  ASSERT_EQ(board->memories.size(), 2);
  EXPECT_EQ(board->flash().base, 0x08000000);
  EXPECT_EQ(board->flash().size_bytes, 65536);
  EXPECT_EQ(board->flash().wait_states, 1);
  EXPECT_EQ(board->ram().kind, MemoryKind::kRam);
  EXPECT_EQ(board->flash().read_bytes, 8);
  EXPECT_TRUE(board->flash().prefetch);
  EXPECT_FALSE(board->ram().prefetch);
  EXPECT_EQ(board->ram().tightly_coupled_bytes, 0);
  ASSERT_EQ(board->caches.size(), 1);
  EXPECT_EQ(board->caches[0].serves, CacheServes::kInstructions);
  EXPECT_THAT(board->caches[0].memories, testing::ElementsAre(0));
  EXPECT_EQ(board->caches[0].size_bytes, 128);
  EXPECT_EQ(board->caches[0].line_bytes, 8);
  EXPECT_EQ(board->caches[0].ways, 4);
  EXPECT_EQ(board->caches[0].replacement, Replacement::kLeastRecentlyUsed);
  EXPECT_TRUE(board->caches[0].enabled);
  EXPECT_DOUBLE_EQ(board->power.active_mw, 12.5);
  EXPECT_DOUBLE_EQ(board->power.sleep_mw, 0);
  EXPECT_DOUBLE_EQ(board->power.supply_v, 3.3);
  EXPECT_EQ(board->power.source, "measured");
}

TEST(Board, MissingKeyNamesWhatTheFileSaysInstead) {
  const base::Error error = error_of("clock_hz", "clock_mhz");
  EXPECT_THAT(error.message, HasSubstr("clock_hz: this key is missing"));
  EXPECT_THAT(error.hint, HasSubstr("'clock_mhz'"));
}

TEST(Board, UnknownKey) {
  const base::Error error = error_of("[power]", "[power]\nactive_mww = 3");
  EXPECT_EQ(error.message, "line 38: power.active_mww: no such key");
  EXPECT_THAT(error.hint, HasSubstr("active_mw"));
  EXPECT_THAT(error_of("[power]", "[clock]\n[power]").message, HasSubstr("clock: no such key"));
}

TEST(Board, WrongType) {
  EXPECT_EQ(error_of("fpu = true", "fpu = 1").message,
            "line 4: fpu: expected true or false, found an integer");
  EXPECT_EQ(error_of("48_000_000", "48e6").message,
            "line 5: clock_hz: expected an integer, found a number with a fraction");
  EXPECT_THAT(error_of("0x2000_0000", "\"sram\"").message,
              HasSubstr("line 22: memory[1].base: expected an integer, found a string"));
  EXPECT_THAT(error_of("12.5", "nan").message, HasSubstr("expected a number from 0"));
  EXPECT_THAT(error_of("[[cache]]", "[cache]").message,
              HasSubstr("expected tables [[cache]], found a table"));
}

TEST(Board, MemoryThatWaitsSaysWhatAReadDelivers) {
  EXPECT_THAT(error_of("read_bytes = 8\n", "").message,
              HasSubstr("read_bytes: this key is missing"));
  EXPECT_THAT(error_of("read_bytes = 8", "read_bytes = 12").message,
              HasSubstr("read_bytes: must be a power of two"));
  EXPECT_THAT(error_of("16_384\n", "16_384\nbus_cycles = 5\n").message,
              HasSubstr("memory[1].read_bytes: this key is missing"));
  EXPECT_THAT(error_of("16_384\n", "16_384\ntightly_coupled_bytes = 16_385\n").message,
              HasSubstr("tightly_coupled_bytes: expected an integer from 0 to 16384"));
}

TEST(Board, CachesAreWholeSetsInFrontOfMemoriesThatExist) {
  EXPECT_THAT(error_of("size_bytes = 128", "size_bytes = 96").message,
              HasSubstr("cache[0].size_bytes: 96 bytes are no power of two of sets of 32 bytes"));
  EXPECT_THAT(error_of("line_bytes = 8", "line_bytes = 24").message,
              HasSubstr("cache[0].line_bytes: must be a power of two"));
  EXPECT_THAT(error_of("[\"flash\"]", "[\"flosh\"]").message, HasSubstr("'flosh'"));
  EXPECT_THAT(error_of("\"lru\"", "\"fifo\"").message,
              HasSubstr("replacement: 'fifo' is none of: lru, random"));
  EXPECT_THAT(error_of("ways = 4", "ways = 0").message, HasSubstr("cache[0].ways"));
  EXPECT_THAT(error_of("ways = 4", "ways = 4\nwrite_back = true").message,
              HasSubstr("write_back: no such key"));
  EXPECT_THAT(error_of("\"instructions\"", "\"data\"").message,
              HasSubstr("write_back: this key is missing"));
}

TEST(Board, TwoCachesMayNotServeTheSameAccesses) {
  const std::string second =
      "[[cache]]\nserves = \"both\"\nmemories = [\"ram\"]\nsize_bytes = 64\nline_bytes = 8\n"
      "ways = 2\nreplacement = \"random\"\nwrite_back = false\nenabled = false\n"
      "source = \"manual\"\n\n[power]";
  EXPECT_THAT(error_of("[power]", second).message,
              HasSubstr("cache[1].serves: an earlier [[cache]] already serves"));
}

TEST(Board, MemoriesMayNotOverlap) {
  EXPECT_THAT(error_of("0x2000_0000", "0x0800_8000").message,
              HasSubstr("memory 'ram' overlaps 'flash', which is 0x08000000 to 0x0800ffff"));
  EXPECT_THAT(error_of("name = \"ram\"", "name = \"flash\"").message,
              HasSubstr("there are two memories 'flash'"));
}

TEST(Board, MemoriesAreWholePagesBelowTheSystemSpace) {
  EXPECT_THAT(error_of("16_384", "16_383").message, HasSubstr("must be a multiple of 1024"));
  EXPECT_THAT(error_of("0x2000_0000", "0x2000_0004").message, HasSubstr("multiple of 1024"));
  EXPECT_THAT(error_of("0x2000_0000", "0xDFFF_F000").message, HasSubstr("0xE0000000"));
}

TEST(Board, CodeAndDataMemoryMustExist) {
  EXPECT_THAT(error_of("data_memory = \"ram\"", "data_memory = \"sram\"").message,
              HasSubstr("data_memory: 'sram' is none of: ram"));
  EXPECT_THAT(error_of("code_memory = \"flash\"", "code_memory = \"ram\"").message,
              HasSubstr("code_memory: 'ram' is none of: flash"));
}

TEST(Board, CoreMustExist) {
  const base::Error error = error_of("\"cortex-m4\"", "\"cortex-m44\"");
  EXPECT_THAT(error.message, HasSubstr("line 3: core: 'cortex-m44' is none of: cortex-m"));
  EXPECT_THAT(error.hint, HasSubstr("'cortex-m4'"));
}

TEST(Board, BrokenTomlNamesTheLine) {
  EXPECT_THAT(error_of("fpu = true", "fpu = ").message, HasSubstr("line 4"));
  EXPECT_FALSE(parse_board("", "empty.toml").has_value());
}

TEST(Board, EveryPrefixIsAnErrorOrABoard) {
  for (size_t n = 0; n < kGood.size(); ++n) parse_board(kGood.substr(0, n), "cut.toml");
}

TEST(Catalog, EveryBoardAndCoreIsValid) {
  EXPECT_THAT(board_names(), testing::IsSupersetOf(
                                 {"nrf52840dk", "nucleo-l496zg", "disco-f469ni", "nucleo-f767zi",
                                  "disco-f746ng", "nucleo-l4r5zi", "cortex-m4-0ws", "nucleo-h7a3zi",
                                  "nucleo-u575zi", "nrf5340dk", "nucleo-g0b1re"}));
  EXPECT_THAT(core_names(), testing::ElementsAre("cortex-m0plus", "cortex-m3", "cortex-m33",
                                                 "cortex-m4", "cortex-m7"));
  for (const std::string& name : board_names()) {
    auto board = load_board(name);
    ASSERT_TRUE(board.has_value()) << board.error().to_string();
    EXPECT_EQ(board->name, name);
    EXPECT_GT(board->power.active_mw, 0);
  }
  for (const std::string& name : core_names()) {
    auto core = load_core(name);
    ASSERT_TRUE(core.has_value()) << core.error().to_string();
    EXPECT_EQ(core->name, name);
  }
}

TEST(Catalog, SizesOfTheReferenceBoards) {
  auto board = load_board("nucleo-l4r5zi");
  ASSERT_TRUE(board.has_value());
  EXPECT_EQ(board->clock_hz, 120'000'000);
  EXPECT_EQ(board->flash().size_bytes, 2 << 20);
  EXPECT_EQ(board->flash().wait_states, 5);
  EXPECT_EQ(board->ram().size_bytes, 640 << 10);
}

TEST(Catalog, CoreWithoutFloatingPoint) {
  auto board = load_board("nucleo-g0b1re");
  ASSERT_TRUE(board.has_value()) << board.error().to_string();
  EXPECT_FALSE(board->fpu);
  auto core = load_core(board->core);
  ASSERT_TRUE(core.has_value());
  EXPECT_EQ(core->fpu, "");
  EXPECT_FALSE(core->dsp);
}

TEST(Catalog, TypoGetsTheNearestName) {
  auto board = load_board("nucleo-l4r5z");
  ASSERT_FALSE(board.has_value());
  EXPECT_EQ(board.error().code, base::ErrorCode::kNotFound);
  EXPECT_EQ(board.error().message, "no board is called 'nucleo-l4r5z'");
  EXPECT_THAT(board.error().hint, HasSubstr("did you mean 'nucleo-l4r5zi'?"));
  EXPECT_THAT(load_board("xyz").error().hint, testing::StartsWith("known: "));
}

TEST(Catalog, OwnFile) {
  auto directory = base::TemporaryDirectory::create();
  ASSERT_TRUE(directory.has_value());
  const auto path = directory->path() / "mine.toml";
  ASSERT_TRUE(base::write_file(path, kGood).has_value());
  auto board = load_board(path.string());
  ASSERT_TRUE(board.has_value()) << board.error().to_string();
  EXPECT_EQ(board->name, "mine");
  EXPECT_EQ(load_board("no-such-folder/mine.toml").error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace thimble::board
