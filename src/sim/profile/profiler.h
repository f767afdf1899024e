// Where the cycles of a run went: per block of code, per function and per call.
//
// The Profiler listens to a Machine (Machine::set_observer) and keeps a call stack of its own,
// built from nothing but the blocks: a block that leaves the address after itself in the link
// register and jumps elsewhere is a call; one that jumps to the return address of the innermost
// call, with the stack pointer back where it was, returns; a jump into another function is a tail
// call. A function that is active several times (recursion) counts its time once. An exception
// handler has a call stack of its own: its cycles belong to no function that it interrupted.
//
// docs/sim.md says what is counted where.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/elf/elf.h"
#include "sim/run/observer.h"

namespace thimble::sim {

struct Cost {
  uint64_t cycles = 0;  // stalls included
  uint64_t instructions = 0;
  uint64_t data_stalls = 0;
  uint64_t fetch_stalls = 0;

  Cost& operator+=(const Cost& other) {
    cycles += other.cycles;
    instructions += other.instructions;
    data_stalls += other.data_stalls;
    fetch_stalls += other.fetch_stalls;
    return *this;
  }
  friend Cost operator-(Cost a, const Cost& b) {
    return {a.cycles - b.cycles, a.instructions - b.instructions, a.data_stalls - b.data_stalls,
            a.fetch_stalls - b.fetch_stalls};
  }
  bool operator==(const Cost&) const = default;
};

// What a run cost; plain data. Indices are into the vectors of the same Profile.
struct Profile {
  struct Function {
    const Symbol* symbol = nullptr;  // of the Elf; nullptr: code without a symbol
    uint64_t calls = 0;              // tail calls and exceptions included
    Cost self;
    Cost inclusive;
  };
  struct Block {
    uint32_t address = 0;
    uint32_t end = 0;
    size_t function = 0;
    uint64_t executions = 0;
    Cost cost;
  };
  struct Call {
    size_t from_block = 0;  // its last instruction is the call
    size_t callee = 0;
    uint64_t count = 0;
    Cost cost;  // inclusive; of calls made while the callee was active already: nothing
  };

  std::vector<Function> functions;
  std::vector<Block> blocks;
  std::vector<Call> calls;
  Cost total;                // of all blocks
  uint64_t idle_cycles = 0;  // in no block: sleep, entering and leaving exceptions

  uint64_t all_cycles() const { return total.cycles + idle_cycles; }
};

// Demangled, or "(no symbol)".
std::string function_name(const Profile::Function& function);

class Profiler final : public ExecutionObserver {
 public:
  // `elf` must outlive the profiler and its Profile. `start_cycles`: Machine::cycles() now.
  explicit Profiler(const Elf& elf, uint64_t start_cycles = 0);

  void on_block(const ExecutedBlock& executed) override;
  void on_exception_entry(uint32_t number, uint64_t cycles) override;
  void on_exception_return(uint64_t cycles) override;

  // What went by until `end_cycles` (Machine::cycles()). Calls that did not return yet end here.
  // The profiler is used up.
  Profile finish(uint64_t end_cycles);

 private:
  static constexpr size_t kNone = SIZE_MAX;

  struct Frame {
    size_t function = 0;
    size_t call = kNone;          // kNone: the first of its context
    uint32_t return_address = 1;  // odd: nothing returns to it
    uint32_t stack_pointer = UINT32_MAX;
    bool counts = true;  // the function was not active before
    Cost entered;        // the context's clock
  };
  // Thread mode, or an exception that was entered and not left.
  struct Context {
    std::vector<Frame> frames;  // innermost last
    size_t last_block = kNone;
    bool calling = false;  // the last block ended in a call ...
    uint32_t return_address = 0;
    uint32_t stack_pointer = 0;
    Cost clock;  // what ran in this context
  };
  struct FunctionState {
    Profile::Function result;
    std::vector<uint32_t> active;  // by level of contexts
  };

  size_t find_block(uint32_t address, uint32_t end);
  size_t find_function(uint32_t address);
  void arrive(Context& context, size_t function);
  void enter_sideways(Context& context, size_t function);
  void leave(Context& context, const ExecutedBlock& executed);
  void push(Context& context, size_t function, size_t from_block, uint32_t return_address,
            uint32_t stack_pointer);
  void pop(Context& context);
  void pop_to(Context& context, size_t depth);
  uint32_t& active(size_t function);

  const Elf& elf_;
  uint64_t start_cycles_;
  std::vector<FunctionState> functions_;
  std::vector<Profile::Block> blocks_;
  std::vector<size_t> next_block_;  // the block that followed the last time
  std::vector<Profile::Call> calls_;
  std::unordered_map<uint64_t, size_t> block_at_;
  std::unordered_map<const Symbol*, size_t> function_of_;
  std::unordered_map<uint64_t, size_t> call_at_;
  std::vector<Context> contexts_;  // thread mode first
  size_t previous_block_ = kNone;
};

}  // namespace thimble::sim
