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
source = "manual"

[[memory]]
name = "ram"
kind = "ram"
base = 0x2000_0000
size_bytes = 16_384
wait_states = 0
source = "manual"

[flash_cache]
line_bytes = 8
instruction_lines = 4
data_lines = 0
prefetch = true
source = "manual"

[power]
active_mw = 12.5
sleep_mw = 0
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
  EXPECT_EQ(board->flash_cache.line_bytes, 8);
  EXPECT_EQ(board->flash_cache.instruction_lines, 4);
  EXPECT_TRUE(board->flash_cache.prefetch);
  EXPECT_DOUBLE_EQ(board->power.active_mw, 12.5);
  EXPECT_DOUBLE_EQ(board->power.sleep_mw, 0);
  EXPECT_EQ(board->power.source, "measured");
}

TEST(Board, MissingKeyNamesWhatTheFileSaysInstead) {
  const base::Error error = error_of("clock_hz", "clock_mhz");
  EXPECT_THAT(error.message, HasSubstr("clock_hz: this key is missing"));
  EXPECT_THAT(error.hint, HasSubstr("'clock_mhz'"));
}

TEST(Board, UnknownKey) {
  const base::Error error = error_of("[power]", "[power]\nactive_mww = 3");
  EXPECT_EQ(error.message, "line 33: power.active_mww: no such key");
  EXPECT_THAT(error.hint, HasSubstr("active_mw"));
  EXPECT_THAT(error_of("[power]", "[clock]\n[power]").message, HasSubstr("clock: no such key"));
}

TEST(Board, WrongType) {
  EXPECT_EQ(error_of("fpu = true", "fpu = 1").message,
            "line 4: fpu: expected true or false, found an integer");
  EXPECT_EQ(error_of("48_000_000", "48e6").message,
            "line 5: clock_hz: expected an integer, found a number with a fraction");
  EXPECT_THAT(error_of("0x2000_0000", "\"sram\"").message,
              HasSubstr("line 20: memory[1].base: expected an integer, found a string"));
  EXPECT_THAT(error_of("12.5", "nan").message, HasSubstr("expected a number from 0"));
  EXPECT_THAT(error_of("[flash_cache]", "[[flash_cache]]").message,
              HasSubstr("expected a table [flash_cache], found an array"));
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
