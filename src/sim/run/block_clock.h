// Virtual time: adds up the cycles of the basic blocks that the processor executes.
//
// Each block is timed once per state of the pipeline it is entered in (timing.h) and then
// remembered, so that the usual step costs a few nanoseconds. What a block costs depends on where
// it leaves to, and is therefore added when the next block is entered. Blocks in RAM are compared
// with the bytes they were timed for, so rewritten code is timed anew.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "sim/soc/flash_timing.h"
#include "sim/soc/memory_map.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

// Why somebody wants to look at a block before it runs; bits of a mask.
enum Attention : uint32_t {
  kAttentionWatched = 1,        // a watched function begins or is returned to here
  kAttentionFloatingPoint = 2,  // the block has floating-point instructions
};

class BlockClock {
 public:
  // All three must outlive the clock.
  BlockClock(const MemoryMap& memory, PipelineModel& pipeline, FlashTiming& flash)
      : memory_(memory), pipeline_(pipeline), flash_(flash) {}

  // The processor is about to execute a block. Returns its Attention bits, masked.
  uint32_t enter(uint32_t address, uint32_t size);

  // After enter(): the block will not run now; the next enter() begins there as if nothing had
  // been.
  void leave_before_block();

  // The processor stopped with `pc` as the next instruction: accounts for what ran of the current
  // block. Execution may go on at `pc`, or anywhere else.
  void settle(uint32_t pc);

  // The data side made the processor wait.
  void stall(uint32_t cycles) { cycles_ += cycles; }

  // Everything up to the start of the current block, and the stalls since.
  uint64_t cycles() const { return cycles_; }
  uint64_t instructions() const { return instructions_; }
  // Up to the instruction at `pc`, which lies in the current block.
  uint64_t cycles_before(uint32_t pc) const;

  // The block entered last; empty after settle().
  uint32_t block_address() const { return current_->address; }
  uint32_t block_end() const { return current_->end; }

  void attend(uint32_t address, Attention reason);  // to every block that starts at `address`
  // Bytes of flash were changed from outside.
  void code_changed(uint32_t address, uint32_t size);
  void set_attention_mask(uint32_t mask) { attention_mask_ = mask; }

 private:
  struct Block {
    uint32_t address = 0;
    uint32_t end = 0;
    PipelineState entry = kAfterBranch;
    BlockTiming timing;
    uint32_t first_line = 1;  // of the flash; first > last: not in flash with wait states
    uint32_t last_line = 0;
    uint32_t attention = 0;
    bool in_ram = false;
    Block* taken_successor = nullptr;  // the block that followed the last time
    Block* fall_through_successor = nullptr;
    Block* next_at_address = nullptr;
    std::vector<std::byte> code;  // kept for blocks in RAM only

    bool is(uint32_t start, uint32_t stop, PipelineState state) const {
      return address == start && end == stop && entry == state;
    }
  };

  Block* find(uint32_t address, uint32_t end, PipelineState entry);
  Block* add(uint32_t address, uint32_t end, PipelineState entry);
  void refresh_if_rewritten(Block& block);
  void time(Block& block, std::span<const std::byte> code);
  BlockTiming prefix_timing(uint32_t pc) const;
  void begin_at(uint32_t pc, PipelineState state);

  const MemoryMap& memory_;
  PipelineModel& pipeline_;
  FlashTiming& flash_;

  uint64_t cycles_ = 0;
  uint64_t instructions_ = 0;
  uint32_t attention_mask_ = ~0u;
  Block boundary_;  // stands for "nothing ran yet" after a stop: costs nothing, falls through
  Block* current_ = &boundary_;

  std::deque<Block> blocks_;
  std::unordered_map<uint32_t, Block*> blocks_at_;  // lists linked by next_at_address
  std::unordered_map<uint32_t, uint32_t> attention_at_;
  static constexpr size_t kRecent = 4096;
  std::array<Block*, kRecent> recent_{};  // direct-mapped by address, in front of blocks_at_
};

}  // namespace thimble::sim
