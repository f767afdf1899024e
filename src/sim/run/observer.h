// What a profiler is told while a Machine runs: every block of instructions that was executed, in
// order, with what it cost. Without an observer nothing of this is computed.
#pragma once

#include <cstdint>

namespace thimble::sim {

// A run of instructions that were executed one after the other, without a jump into or out of its
// middle. It ends with a branch (taken or not), or where the simulator cut it.
struct ExecutedBlock {
  uint32_t address = 0;
  uint32_t end = 0;            // address after its last instruction
  uint32_t successor = 0;      // what executes next; == end: not taken, or cut
  uint32_t stack_pointer = 0;  // after the block
  uint32_t link_register = 0;  // after the block
  uint32_t instructions = 0;
  uint32_t cycles = 0;        // all of them, stalls included
  uint32_t fetch_stalls = 0;  // of these: waiting for instructions from the memory
  uint32_t data_stalls = 0;   // of these: waiting for data
  uint64_t start_cycles = 0;  // since reset, when its first instruction began
};

// The level of an output pin that the program set.
struct PinEdge {
  uint64_t cycles = 0;  // since reset
  uint16_t pin = 0;     // port * 16 + number: PB5 is 1 * 16 + 5; on nRF parts port * 32 + number
  bool high = false;
};

class ExecutionObserver {
 public:
  virtual ~ExecutionObserver() = default;
  virtual void on_block(const ExecutedBlock& block) = 0;
  // An exception (interrupt) was entered: `number` as in IPSR. The next block is its handler's.
  virtual void on_exception_entry(uint32_t number, uint64_t cycles) = 0;
  virtual void on_exception_return(uint64_t cycles) = 0;
  // WFI or WFE slept from one time to the other; no block runs meanwhile.
  virtual void on_sleep(uint64_t /*from_cycles*/, uint64_t /*to_cycles*/) {}
  virtual void on_pin(const PinEdge& /*edge*/) {}
};

}  // namespace thimble::sim
