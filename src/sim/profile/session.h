// Runs a program of any origin to its end, with a profile, and with the time between two places.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "board/board.h"
#include "sim/energy/power_trace.h"
#include "sim/machine.h"
#include "sim/profile/footprint.h"
#include "sim/profile/passes.h"
#include "sim/profile/profiler.h"

namespace thimble::sim {

struct SessionOptions {
  uint64_t max_cycles = UINT64_MAX;  // since reset
  bool profile = true;
  std::string from, to;                                  // symbols; both or none
  std::function<void(std::string_view text)> on_output;  // what the program writes, as it comes
  std::function<void(uint64_t cycles)> on_progress;      // now and then
};

struct SessionResult {
  Stop stop;
  uint64_t cycles = 0;
  uint64_t instructions = 0;
  Footprint footprint;
  std::optional<StackArea> stack;  // nullopt: the initial stack pointer points into no RAM
  uint32_t stack_bytes = 0;        // high-water mark
  PassStatistics passes;           // from `from` to `to`
  Profile profile;                 // refers to the machine's Elf
  PowerTrace power;
};

// The program's symbol: its name in the symbol table, the demangled name, or the demangled name
// without its parameters. Errors: kNotFound, with the nearest name in the hint.
base::Result<const Symbol*> find_function(const Elf& elf, std::string_view name);

// Errors: kNotFound and kInvalidArgument from `from` and `to`.
base::Result<SessionResult> run_session(Machine& machine, const board::Board& board,
                                        const SessionOptions& options);

}  // namespace thimble::sim
