// Prints what the simulator pays for the timing of one access to a memory, in nanoseconds of
// processor time: memory_speed [BOARD...]
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "board/board.h"
#include "sim/soc/memory_timing.h"

namespace {

using thimble::sim::MemoryTiming;

constexpr uint32_t kAccesses = 40'000'000;

template <typename Access>
void measure(const std::string& what, Access access) {
  const std::clock_t start = std::clock();
  uint64_t stall_cycles = 0;
  for (uint32_t i = 0; i < kAccesses; ++i) stall_cycles += access(i);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("  {:<44} {:5.2f} ns, {:.3f} stall cycles each\n", what, seconds / kAccesses * 1e9,
             static_cast<double>(stall_cycles) / kAccesses);
}

int run(const std::string& name) {
  const auto board = thimble::board::load_board(name);
  if (!board) {
    fmt::print(stderr, "{}\n", board.error().to_string());
    return EXIT_FAILURE;
  }
  auto created = MemoryTiming::create(*board);
  if (!created) {
    fmt::print(stderr, "{}\n", created.error().to_string());
    return EXIT_FAILURE;
  }
  MemoryTiming timing = std::move(created).value();
  fmt::print("{}\n", name);
  const uint32_t flash = board->flash().base;
  const uint32_t half_of_ram = board->ram().base + board->ram().size_bytes / 2;
  if (timing.reads_cost(0)) {
    measure("load, the same line",
            [&](uint32_t i) { return timing.read(0, flash + i % 2 * 4, 4); });
    measure("loads, two lines in turns",
            [&](uint32_t i) { return timing.read(0, flash + i % 2 * 256, 4); });
    measure("loads, 256 KiB of weights by words",
            [&](uint32_t i) { return timing.read(0, flash + i * 4 % (256 << 10), 4); });
    const auto small = *timing.code(flash + 4096, flash + 4136);
    const auto other = *timing.code(flash + 4200, flash + 4240);
    measure("block that loops", [&](uint32_t) { return timing.fetch(small, 20); });
    measure("two blocks in turns",
            [&](uint32_t i) { return timing.fetch(i % 2 ? small : other, 20); });
  }
  if (timing.writes_cost(1)) {
    measure("stores, 8 KiB by words",
            [&](uint32_t i) { return timing.write(1, half_of_ram + i * 4 % (8 << 10), 4); });
    measure("load of weights, load and store of data", [&](uint32_t i) {
      const uint32_t data = half_of_ram + i * 4 % (2 << 10);
      return timing.read(0, flash + i * 4 % (256 << 10), 4) + timing.read(1, data, 4) +
             timing.write(1, data + (4 << 10), 4);
    });
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  if (names.empty()) names = {"disco-f469ni", "nucleo-f767zi", "nucleo-u575zi"};
  for (const std::string& name : names)
    if (run(name) != EXIT_SUCCESS) return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
