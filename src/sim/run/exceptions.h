// Entering and leaving exception handlers: what the processor does to its registers and the stack,
// and how long it takes. The run loop asks Nvic::take() between two instructions and calls enter()
// when there is an answer; a branch to an EXC_RETURN value in handler mode is leave().
//
// Armv7-M Architecture Reference Manual (DDI 0403E), sections B1.5.6 to B1.5.8; Armv6-M: DDI 0419,
// B1.5; Armv8-M (DDI 0553), section B3, as far as code of one security state sees it.
//
// Floating-point state is stacked at once, also where the processor would only reserve the room
// (FPCCR.LSPEN): no program can tell, but one that reads the reserved words. The time is that of
// lazy stacking: nothing at entry; if the handler turns out to have used the unit (CONTROL.FPCA at
// its end), the saving is charged at the return together with the restoring. Late arrival is not
// modelled: the later exception preempts the first one's handler before its first instruction.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/cpu/state.h"
#include "sim/soc/devices.h"
#include "sim/soc/memory_map.h"
#include "sim/timing/core_table.h"

namespace thimble::sim {

enum class ExceptionError {
  kNone,
  kStacking,       // `address`: no RAM for the frame; the stack has overflowed, as a rule
  kUnstacking,     // `address`: no memory where the frame should be
  kVector,         // `address`: no memory at the entry of the vector table
  kInvalidReturn,  // `address`: no valid EXC_RETURN, or the exception is not active
};

struct ExceptionOutcome {
  ExceptionError error = ExceptionError::kNone;  // another: registers and stack are unchanged
  uint32_t address = 0;
  uint32_t cycles = 0;
  // Of a return: the next exception was entered at once, without unstacking and stacking.
  std::optional<uint32_t> tail_chained;
  // Of a return to thread mode: SCR.SLEEPONEXIT, the processor sleeps as if it executed WFI.
  bool sleeps = false;

  bool ok() const { return error == ExceptionError::kNone; }
};

// Enters the handler of exception `number`. cpu.r[15] is where it will return to: the next
// instruction, or of a fault the one at fault.
ExceptionOutcome enter_exception(CpuState& cpu, const MemoryMap& memory, Devices& devices,
                                 uint32_t number, const ExceptionTiming& timing);

// Returns from the active handler; `exc_return` is the value that was moved to the pc.
ExceptionOutcome leave_exception(CpuState& cpu, const MemoryMap& memory, Devices& devices,
                                 uint32_t exc_return, const ExceptionTiming& timing);

// Which exception an instruction causes that needs `number` (SVC, a fault): itself, or HardFault if
// it is disabled or not urgent enough. nullopt: not even that can be taken; the processor locks up.
std::optional<uint32_t> escalate(uint32_t number, const CpuState& cpu, Devices& devices);

}  // namespace thimble::sim
