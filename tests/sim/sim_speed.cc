// Prints how many million instructions a second the simulator executes, with everything that keeps
// time on: two multiply-accumulate loops that read their weights from flash byte by byte (compute)
// and word by word (compute_dual), or a program of your own, such as a network that `thimble bench
// --keep` has left.
//
//   sim_speed [million cycles]
//   sim_speed FIRMWARE.elf BOARD
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "test_machine.h"

namespace {

using thimble::sim::testing::machine_for;

int measure(const char* scenario, const char* core, uint32_t wait_states, uint64_t cycles) {
  const bool is_m7 = std::string_view(core) == "cortex-m7";
  auto machine = machine_for(scenario, {.firmware = is_m7 ? "m7" : "m4",
                                        .core = core,
                                        .real_timing = true,
                                        .flash_wait_states = wait_states});
  if (!machine) {
    fmt::print(stderr, "sim_speed: {}\n", machine.error().to_string());
    return EXIT_FAILURE;
  }
  machine->run({.max_cycles = 1'000'000});  // translate and time the blocks
  const uint64_t first = machine->instructions();
  const std::clock_t start = std::clock();
  machine->run({.max_cycles = cycles});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double million = static_cast<double>(machine->instructions() - first) * 1e-6;
  fmt::print(
      "{:<20} {}, {} wait states: {:.0f} million instructions in {:.2f} s of processor time, "
      "{:.0f} MIPS\n",
      scenario, core, wait_states, million, seconds, million / seconds);
  return EXIT_SUCCESS;
}

int measure_program(const char* path, const char* board_name) {
  namespace sim = thimble::sim;
  const auto board = thimble::board::load_board(board_name);
  auto elf = sim::Elf::load(path);
  if (!board || !elf) {
    fmt::print(stderr, "sim_speed: {}\n", (board ? elf.error() : board.error()).to_string());
    return EXIT_FAILURE;
  }
  const auto core = thimble::board::load_core(board->core);
  auto machine = sim::Machine::create(*board, *core, std::move(*elf));
  if (!machine) {
    fmt::print(stderr, "sim_speed: {}\n", machine.error().to_string());
    return EXIT_FAILURE;
  }
  const std::clock_t start = std::clock();
  const sim::Stop stop = machine->run({.max_cycles = 10'000'000'000});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double million = static_cast<double>(machine->instructions()) * 1e-6;
  fmt::print(
      "{} on {}: {:.1f} million instructions in {:.3f} s of processor time, {:.0f} MIPS ({})\n",
      std::filesystem::path(path).filename().string(), board->name, million, seconds,
      million / seconds, stop.to_string());
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) return measure_program(argv[1], argv[2]);
  const uint64_t million_cycles = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 300;
  for (const char* core : {"cortex-m4", "cortex-m7"})
    for (uint32_t wait_states : {0u, 5u})
      for (const char* scenario : {"compute_forever", "compute_dual_forever"})
        if (measure(scenario, core, wait_states, million_cycles * 1'000'000) != EXIT_SUCCESS)
          return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
