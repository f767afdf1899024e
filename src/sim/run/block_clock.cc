#include "sim/run/block_clock.h"

#include <algorithm>

#include "sim/run/thumb.h"

namespace thimble::sim {
uint32_t BlockClock::enter(uint32_t address, uint32_t size) {
  Block& previous = *current_;
  const uint32_t end = address + size;
  // A branch to the very next instruction counts as not taken: nobody writes one, and the emulator
  // does not say.
  const bool falls_through = address == previous.end;
  const PipelineState entry = falls_through ? previous.timing.exit_state : kAfterBranch;
  cycles_ += falls_through ? previous.timing.cycles_fall_through : previous.timing.cycles_taken;
  instructions_ += previous.timing.instructions;

  Block*& successor = falls_through ? previous.fall_through_successor : previous.taken_successor;
  Block* next = successor;
  if (!next || !next->is(address, end, entry)) [[unlikely]] {
    next = find(address, end, entry);
    successor = next;
  }
  if (next->in_ram) [[unlikely]]
    refresh_if_rewritten(*next);
  if (next->first_line <= next->last_line)
    cycles_ += flash_.fetch(next->first_line, next->last_line, next->timing.cycles_fall_through);
  current_ = next;
  return next->attention & attention_mask_;
}

void BlockClock::leave_before_block() {
  begin_at(current_->address, current_->entry);
}

void BlockClock::settle(uint32_t pc) {
  const Block& block = *current_;
  if (pc == block.end) {
    cycles_ += block.timing.cycles_fall_through;
    instructions_ += block.timing.instructions;
    begin_at(pc, block.timing.exit_state);
  } else if (pc - block.address < block.end - block.address) {
    const BlockTiming prefix = prefix_timing(pc);
    cycles_ += prefix.cycles_fall_through;
    instructions_ += prefix.instructions;
    begin_at(pc, prefix.exit_state);
  } else {
    cycles_ += block.timing.cycles_taken;
    instructions_ += block.timing.instructions;
    begin_at(pc, kAfterBranch);
  }
}

uint64_t BlockClock::cycles_before(uint32_t pc) const {
  return cycles_ + prefix_timing(pc).cycles_fall_through;
}

BlockTiming BlockClock::prefix_timing(uint32_t pc) const {
  const Block& block = *current_;
  const auto code = memory_.bytes(block.address, pc - block.address);
  if (code.empty()) return {.exit_state = block.entry};
  return pipeline_.time_block(code, block.address, block.entry);
}

void BlockClock::begin_at(uint32_t pc, PipelineState state) {
  boundary_ = Block{};
  boundary_.address = pc;
  boundary_.end = pc;
  boundary_.entry = state;
  boundary_.timing.exit_state = state;
  current_ = &boundary_;
}

void BlockClock::attend(uint32_t address, Attention reason) {
  attention_at_[address] |= reason;
  const auto found = blocks_at_.find(address);
  if (found == blocks_at_.end()) return;
  for (Block* block = found->second; block; block = block->next_at_address)
    block->attention |= reason;
}

BlockClock::Block* BlockClock::find(uint32_t address, uint32_t end, PipelineState entry) {
  Block*& recent = recent_[address / 2 % kRecent];
  if (recent && recent->is(address, end, entry)) return recent;
  Block* block = nullptr;
  if (const auto found = blocks_at_.find(address); found != blocks_at_.end())
    for (block = found->second; block && !block->is(address, end, entry);)
      block = block->next_at_address;
  if (!block) block = add(address, end, entry);
  recent = block;
  return block;
}

BlockClock::Block* BlockClock::add(uint32_t address, uint32_t end, PipelineState entry) {
  Block& block = blocks_.emplace_back();
  block.address = address;
  block.end = end;
  block.entry = entry;
  Block*& head = blocks_at_[address];
  block.next_at_address = head;
  head = &block;

  const MemoryMap::Region* region = memory_.find(address);
  block.in_ram = region && region->is_ram();
  if (flash_.has_wait_states() && end > address && flash_.contains(address) &&
      flash_.contains(end - 1)) {
    block.first_line = flash_.line_of(address);
    block.last_line = flash_.line_of(end - 1);
  }
  time(block, memory_.bytes(address, end - address));
  return &block;
}

void BlockClock::refresh_if_rewritten(Block& block) {
  const auto code = memory_.bytes(block.address, block.end - block.address);
  if (!std::ranges::equal(code, block.code)) time(block, code);
}

void BlockClock::code_changed(uint32_t address, uint32_t size) {
  for (Block& block : blocks_)
    if (block.address < address + uint64_t{size} && address < block.end)
      time(block, memory_.bytes(block.address, block.end - block.address));
}

void BlockClock::time(Block& block, std::span<const std::byte> code) {
  if (block.in_ram) block.code.assign(code.begin(), code.end());
  block.timing =
      code.empty() ? BlockTiming{} : pipeline_.time_block(code, block.address, block.entry);
  block.attention = find_floating_point(code) ? kAttentionFloatingPoint : 0u;
  if (const auto found = attention_at_.find(block.address); found != attention_at_.end())
    block.attention |= found->second;
}

}  // namespace thimble::sim
