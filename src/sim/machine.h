// A board on the host: runs firmware in virtual time. This is what the rest of Thimble uses.
//
// Deterministic: the same firmware, inputs and calls give the same cycles, on every host. All
// memory belongs to the Machine. docs/simulator.md says what is simulated and what is not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "board/board.h"
#include "sim/elf/elf.h"
#include "sim/run/fault.h"
#include "sim/run/function_watch.h"
#include "sim/run/observer.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

enum class StopKind {
  kBreakpoint,        // before the instruction at `address`
  kExit,              // the program ended itself by semihosting, with `exit_code`
  kBreakInstruction,  // BKPT that is no semihosting call
  kSleep,             // WFI or WFE, and nothing that is simulated would wake it
  kReset,             // the program asked for a reset of the system
  kCycleLimit,        // max_cycles went by
  kFault,             // see `fault`
};

struct Stop {
  StopKind kind = StopKind::kExit;
  CodeLocation where;  // the next instruction, or the one at fault
  int exit_code = 0;
  std::optional<Fault> fault;  // present if kind is kFault

  uint32_t address() const { return where.address; }
  // One line for the user: "stack overflow at 0x1ffffff8 in conv (conv.cc:12)".
  std::string to_string() const;
};

struct RunLimits {
  uint64_t max_cycles = UINT64_MAX;  // of this run
};

using WatchId = size_t;

// Raised with every change of a rule or of a board's figure that changes what memories cost
// (docs/memories.md); goes with the timing_version of the core. Cycles of different versions do not
// compare.
inline constexpr int kMemoryTimingVersion = 2;

class Machine {
 public:
  // Maps the board's memories, loads the image at its load addresses and resets the core: stack
  // pointer and program counter come from the first two words of the board's code memory.
  // Errors: kDoesNotFit (the image or its vectors lie outside the memories, by how many bytes),
  // kUnsupported (no simulated core of that name), kMalformed (timing table).
  static base::Result<Machine> create(const board::Board& board, const board::Core& core, Elf elf);
  // The same with another model of time.
  static base::Result<Machine> create(const board::Board& board, const board::Core& core, Elf elf,
                                      std::unique_ptr<PipelineModel> pipeline);
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  const Elf& elf() const;

  // Runs until something of StopKind happens. After a breakpoint, a limit, a BKPT or a sleep, run
  // again to go on; after an exit or a fault the same stop is returned again.
  Stop run(const RunLimits& limits = {});

  // Any mapped memory, flash included. Errors: kInvalidArgument (not within one memory).
  base::Result<> read_memory(uint32_t address, std::span<std::byte> bytes) const;
  base::Result<> write_memory(uint32_t address, std::span<const std::byte> bytes);

  // Errors: kNotFound (no such symbol).
  base::Result<uint32_t> symbol_address(std::string_view name) const;

  // Inclusive statistics of a function from now on. Watching one function twice gives the same id.
  // Errors: kNotFound.
  base::Result<WatchId> watch_function(std::string_view name);
  WatchId watch_function(uint32_t address);
  const FunctionStatistics& statistics(WatchId id) const;

  // Errors: kInvalidArgument (no memory there), kNotFound.
  base::Result<> add_breakpoint(std::string_view function_name);
  base::Result<> add_breakpoint(uint32_t address);

  // Tells `observer` about every block from now on (nullptr: nobody). It must outlive the runs.
  void set_observer(ExecutionObserver* observer);

  uint64_t cycles() const;                   // since reset
  uint64_t instructions() const;             // since reset
  uint32_t register_value(int index) const;  // 0 to 15

  // Bytes between the lowest address in [low, high) that the program changed and `high`: the depth
  // of a stack that grows down from `high`. A byte counts as untouched while it holds the
  // pattern that RAM is painted with at the start. Errors: kInvalidArgument (not within one
  // memory).
  base::Result<uint32_t> high_water_bytes(uint32_t low, uint32_t high) const;

  // Text that the program wrote by semihosting.
  const std::string& output() const;

  // Bytes that any serial port sends; without a sink they are lost.
  void set_uart_sink(std::function<void(char)> sink);
  // Bytes from outside for the port that receives.
  void push_uart_input(std::string_view bytes);
  // Text written to port 0 of the trace unit (ITM).
  const std::string& trace_text() const;
  // What the program did with its output pins so far.
  const std::vector<PinEdge>& pin_edges() const;
  // Cycles spent in WFI and WFE; part of cycles().
  uint64_t sleep_cycles() const;

 private:
  class State;
  explicit Machine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace thimble::sim
