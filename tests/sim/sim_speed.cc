// Prints how many million instructions a second the simulator executes: multiply-accumulate loops
// that read their weights from flash byte by byte (compute) and word by word (compute_dual), with
// pipeline timing and flash wait states on.
//
//   sim_speed [million cycles]
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

}  // namespace

int main(int argc, char** argv) {
  const uint64_t million_cycles = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 300;
  for (const char* core : {"cortex-m4", "cortex-m7"})
    for (uint32_t wait_states : {0u, 5u})
      for (const char* scenario : {"compute_forever", "compute_dual_forever"})
        if (measure(scenario, core, wait_states, million_cycles * 1'000'000) != EXIT_SUCCESS)
          return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
