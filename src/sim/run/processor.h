// Runs code in virtual time: executes basic blocks and adds up what the pipeline, the memories and
// the branches cost.
//
// A block's cycles are looked up by the pipeline state it is entered in. They are added when it is
// left, because a branch that is taken costs more than one that is not: execution goes on at the
// block's end, or elsewhere. Where blocks are cut does not change the sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "sim/cpu/code_block.h"
#include "sim/cpu/context.h"
#include "sim/run/observer.h"
#include "sim/soc/memory_map.h"
#include "sim/soc/memory_timing.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

// Why a block wants attention before it is entered.
using Attention = uint32_t;
inline constexpr Attention kAttentionFloat = 1u << 0;  // it has floating-point instructions
inline constexpr Attention kAttentionBreak = 1u << 1;
inline constexpr Attention kAttentionWatch = 1u << 2;

// Why run() came back. The program counter in the state is that of the next instruction, unless the
// Exit says otherwise.
enum class Leave {
  kExit,           // context().exit says why
  kAlarm,          // it is time
  kAttention,      // attention() says which
  kFloatDisabled,  // the next instruction needs the floating-point unit, which is off
  kBadFetch,       // there is no code at the program counter
};

class Processor {
 public:
  // Everything must outlive the Processor.
  Processor(const MemoryMap& memory, const InstructionSet& features, PipelineModel& pipeline,
            MemoryTiming& timing, Bus& bus);
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  Context& context() { return context_; }
  const Context& context() const { return context_; }
  uint64_t cycles() const { return context_.cycles; }      // while stopped
  uint64_t instructions() const { return instructions_; }  // while stopped

  // Runs until something of Leave happens. With `pass_attention` the first block is entered
  // whatever attention it wants.
  Leave run(bool pass_attention = false);

  // run() stops before the first block that begins at or after `cycles`, and before the first
  // instruction, but never inside an IT block, that begins at or after `exact_cycles`.
  void set_alarm(uint64_t cycles, uint64_t exact_cycles) {
    exact_alarm_ = exact_cycles;
    alarm_ = cycles < exact_cycles ? cycles : exact_cycles;
  }

  void attend(uint32_t address, Attention reason);
  void stop_attending(uint32_t address, Attention reason);
  Attention attention() const { return attention_; }  // of the block that made run() return
  // `automatic`: the first use by a program sets CONTROL.FPCA.
  void set_float(bool enabled, bool automatic);
  void set_observer(ExecutionObserver* observer) { observer_ = observer; }

  // Adds time in which no instruction executes, such as that of an exception entry. The pipeline
  // starts afresh.
  void pass(uint64_t cycles);

  // Passes over an instruction of so many bytes, as if it had executed.
  void skip(uint32_t bytes);

  // The address of the last instruction of the block that ran last.
  uint32_t last_instruction() const;

  // From a Bus callback: the time at which the instruction at `pc` begins.
  uint64_t cycles_at(uint32_t pc) const;

  // After code was changed from outside.
  void forget_code();

 private:
  struct Block {
    uint32_t address = 0;
    uint32_t end = 0;
    PipelineState entry = kAfterBranch;
    uint32_t if_then = 0;
    Attention attention = 0;
    BlockTiming timing;
    uint32_t longest_cycles = 0;
    const Operation* operations = nullptr;
    Block* fall_through = nullptr;  // what followed last time
    Block* taken = nullptr;
    bool fetch_costs = false;
    bool in_ram = false;
    uint8_t prediction = 0;  // of its branch: 0 to kStronglyTaken
    MemoryTiming::Code code{};
    CodeBlock decoded;
    std::vector<std::byte> bytes;  // of code in RAM, which may be rewritten

    bool is(uint32_t other_address, PipelineState other_entry, uint32_t other_if_then) const {
      return address == other_address && entry == other_entry && if_then == other_if_then;
    }
  };
  struct Start {  // of a block's execution
    uint64_t cycles;
    uint64_t instructions;
  };
  enum class StepEnd { kBlockLeft, kAlarm, kFloatDisabled };
  static constexpr uint8_t kWeaklyNotTaken = 1;
  static constexpr uint8_t kWeaklyTaken = 2;
  static constexpr uint8_t kStronglyTaken = 3;
  static constexpr size_t kRecentBlocks = 4096;
  static constexpr size_t kMaxBlocks = size_t{1} << 17;

  Block* find(uint32_t address, PipelineState entry, uint32_t if_then);
  Block* add(uint32_t address, PipelineState entry, uint32_t if_then);
  void translate(Block& block);
  bool was_rewritten(const Block& block) const;
  StepEnd step(const Block& block, const Start& start);
  void settle(const Block& block);
  static uint32_t mispredicted(Block& block, bool taken);
  void begin_at(PipelineState state) { next_entry_ = state; }
  BlockTiming prefix(const Block& block, uint32_t pc) const;
  void tell(const Block& block, const Start& start, uint32_t fetch_stalls);

  const MemoryMap& memory_;
  PipelineModel& pipeline_;
  MemoryTiming& timing_;
  std::vector<MappedMemory> mapped_;
  Context context_;
  uint64_t instructions_ = 0;
  uint64_t alarm_ = UINT64_MAX;  // the earlier of both
  uint64_t exact_alarm_ = UINT64_MAX;
  Attention mask_ = kAttentionFloat | kAttentionBreak | kAttentionWatch;
  Attention attention_ = 0;
  bool float_enabled_ = false;
  ExecutionObserver* observer_ = nullptr;
  PipelineState next_entry_ = kAfterBranch;  // of the block that run() will begin with
  Block* current_ = nullptr;                 // while running
  std::deque<Block> blocks_;                 // keeps addresses
  std::unordered_multimap<uint32_t, Block*> blocks_at_;
  std::vector<Block*> recent_;
  std::unordered_map<uint32_t, Attention> attention_at_;
};

}  // namespace thimble::sim
