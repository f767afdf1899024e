// Builds the machine of the tests: the firmware of tests/sim/firmware on a small board of our own.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <memory>
#include <string>

#include "sim/machine.h"

namespace thimble::sim::testing {

inline constexpr uint32_t kFlashBase = 0x08000000;
inline constexpr uint32_t kRamBase = 0x20000000;
inline constexpr uint32_t kStackBytes = 4096;

inline std::filesystem::path firmware(const std::string& name) {
  return std::filesystem::path(THIMBLE_SIM_FIRMWARE_DIR) / (name + ".elf");
}

inline board::Board small_board(uint32_t flash_wait_states = 0) {
  board::Board board;
  board.name = "small";
  board.core = "cortex-m4";
  board.clock_hz = 100'000'000;
  board.memories = {
      {"flash", board::MemoryKind::kFlash, kFlashBase, 256 << 10, flash_wait_states, "test"},
      {"ram", board::MemoryKind::kRam, kRamBase, 64 << 10, 0, "test"}};
  board.code_memory = "flash";
  board.data_memory = "ram";
  board.memories[0].read_bytes = 16;
  board.memories[0].prefetch = true;
  const auto lines = [](board::CacheServes serves, uint32_t count) {
    return board::Cache{.serves = serves,
                        .memories = {0},
                        .size_bytes = count * 16,
                        .line_bytes = 16,
                        .ways = count,
                        .source = "test"};
  };
  board.caches = {lines(board::CacheServes::kInstructions, 64),
                  lines(board::CacheServes::kData, 8)};
  return board;
}

inline board::Core core(const std::string& name) {
  const auto known = board::load_core(name);
  board::Core core = known ? *known : board::Core{};
  core.name = name;
  if (core.fpu.empty()) core.fpu = "present";  // whether the unit is there is up to the board
  return core;
}

// One cycle an instruction, two more for a branch that is taken: easy to count by hand.
class PlainModel final : public PipelineModel {
 public:
  BlockTiming time_block(std::span<const std::byte> code, uint32_t, PipelineState) override {
    BlockTiming timing;
    for (size_t at = 0; at < code.size(); ++timing.instructions) {
      const auto high = std::to_integer<uint32_t>(code[at + 1]);
      at += high >= 0xE8 ? 4 : 2;
    }
    timing.cycles_fall_through = timing.instructions;
    timing.cycles_taken = timing.instructions + 2;
    return timing;
  }
};

struct MachineOptions {
  std::string firmware = "m4";
  std::string core = "cortex-m4";
  bool real_timing = false;
  bool fpu = true;
  uint32_t flash_wait_states = 0;
};

// A machine about to run one function of scenarios.cc or calls.S.
inline base::Result<Machine> machine_for(const std::string& scenario,
                                         const MachineOptions& options = {}) {
  THIMBLE_ASSIGN(Elf elf, Elf::load(firmware(options.firmware)));
  board::Board board = small_board(options.flash_wait_states);
  board.fpu = options.fpu;
  std::unique_ptr<PipelineModel> model = std::make_unique<PlainModel>();
  if (options.real_timing) {
    THIMBLE_ASSIGN(const board::Core real, board::load_core(options.core));
    THIMBLE_ASSIGN(model, PipelineModel::create(real));
  }
  THIMBLE_ASSIGN(Machine machine,
                 Machine::create(board, core(options.core), std::move(elf), std::move(model)));
  THIMBLE_ASSIGN(const uint32_t function, machine.symbol_address(scenario));
  THIMBLE_ASSIGN(const uint32_t mailbox, machine.symbol_address("scenario"));
  const uint32_t pointer = function | 1;
  THIMBLE_TRY(machine.write_memory(mailbox, std::as_bytes(std::span(&pointer, 1))));
  return machine;
}

// Word `index` of an array in the firmware.
inline uint32_t word_of(const Machine& machine, const std::string& symbol, uint32_t index) {
  uint32_t value = 0;
  const auto address = machine.symbol_address(symbol);
  EXPECT_TRUE(address) << symbol;
  EXPECT_TRUE(
      machine.read_memory(*address + 4 * index, std::as_writable_bytes(std::span(&value, 1))));
  return value;
}

}  // namespace thimble::sim::testing

// In a test body: skips, saying why, when the firmware could not be built.
#define THIMBLE_NEED_FIRMWARE()                                             \
  if (!std::filesystem::exists(::thimble::sim::testing::firmware("m4")))    \
  GTEST_SKIP() << "needs arm-none-eabi-g++: install gcc-arm-none-eabi and " \
                  "configure again"

// Declares `machine`, ready to run a scenario.
#define THIMBLE_MACHINE(machine, ...)                                        \
  THIMBLE_NEED_FIRMWARE();                                                   \
  auto machine##_result = ::thimble::sim::testing::machine_for(__VA_ARGS__); \
  ASSERT_TRUE(machine##_result) << machine##_result.error().to_string();     \
  ::thimble::sim::Machine& machine = *machine##_result
