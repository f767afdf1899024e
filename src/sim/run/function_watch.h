// Inclusive cycles and instructions of chosen functions, found by watching calls and returns; the
// firmware carries no code for it.
//
// A call is seen when a block starts at the function's address, its return when a block starts at
// the link register of that moment with the stack pointer back where it was. So a tail call ends
// with its caller's return, and a function that is active several times (recursion) counts its time
// once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace thimble::sim {

struct FunctionStatistics {
  uint64_t calls = 0;  // that returned
  uint64_t cycles = 0;
  uint64_t instructions = 0;
  uint64_t flash_reads = 0;  // MemoryTiming::reads() of the code memory
};

class FunctionWatch {
 public:
  struct Moment {
    uint32_t sp = 0;
    uint32_t lr = 0;
    uint64_t cycles = 0;
    uint64_t instructions = 0;
    uint64_t flash_reads = 0;
  };

  // Returns the id. The same address may be added once only.
  size_t add(uint32_t function_address);
  std::optional<size_t> find(uint32_t function_address) const;

  // A block at a watched function or at a return address begins. Returns the return address to be
  // told about when this opens a call.
  std::optional<uint32_t> on_block(uint32_t address, const Moment& now);

  const FunctionStatistics& statistics(size_t id) const { return functions_[id].statistics; }

 private:
  struct Function {
    uint32_t address = 0;
    uint32_t active_calls = 0;
    FunctionStatistics statistics;
  };
  struct Call {
    size_t function = 0;
    uint32_t return_address = 0;
    Moment start;
  };

  void close_returned_calls(uint32_t address, const Moment& now);

  std::vector<Function> functions_;
  std::vector<Call> calls_;  // innermost last
};

}  // namespace thimble::sim
