#include "sim/run/processor.h"

#include <algorithm>

#include "sim/cpu/float_math.h"

namespace thimble::sim {

Processor::Processor(const MemoryMap& memory, const InstructionSet& features,
                     PipelineModel& pipeline, MemoryTiming& timing, Bus& bus)
    : memory_(memory), pipeline_(pipeline), timing_(timing), recent_(kRecentBlocks) {
  for (size_t i = 0; i < memory.regions().size(); ++i) {
    const MemoryMap::Region& region = memory.regions()[i];
    mapped_.push_back({.base = region.memory.base,
                       .size_bytes = region.memory.size_bytes,
                       .bytes = region.bytes.get(),
                       .writable = region.is_ram(),
                       .reads_cost = timing.reads_cost(i),
                       .writes_cost = timing.writes_cost(i),
                       .index = static_cast<uint32_t>(i)});
  }
  context_.timing = &timing;
  context_.operand_timing = pipeline.operand_timing();
  context_.bus = &bus;
  context_.features = features;
  context_.memories = mapped_;
}

Leave Processor::run(bool pass_attention) {
  Context& x = context_;
  const FloatEnvironment environment(x.state);
  x.exit = Exit::kNone;
  x.attend = false;
  Block* block = find(x.state.r[kPc], next_entry_, x.state.it);
  for (;; pass_attention = false) {
    if (!block) [[unlikely]]
      return Leave::kBadFetch;
    if ((block->attention & mask_) != 0 && !pass_attention) [[unlikely]] {
      attention_ = block->attention & mask_;
      if (attention_ & (kAttentionBreak | kAttentionWatch)) {
        begin_at(block->entry);
        return Leave::kAttention;
      }
      if (float_enabled_) {
        x.state.control |= kControlFloat;
        mask_ &= ~kAttentionFloat;
      }
    }
    bool careful = false;
    if (x.cycles + block->longest_cycles >= alarm_) [[unlikely]] {
      if (x.cycles >= alarm_) {
        begin_at(block->entry);
        return Leave::kAlarm;
      }
      careful = x.cycles + block->longest_cycles >= exact_alarm_;
    }
    const Start start{x.cycles, instructions_};
    if (block->in_ram && was_rewritten(*block)) [[unlikely]]
      translate(*block);
    if (block->fetch_costs)
      x.cycles += timing_.fetch(block->code, block->timing.cycles_fall_through);
    const auto fetch_stalls = static_cast<uint32_t>(x.cycles - start.cycles);
    x.block_address = block->address;
    x.state.it = 0;
    current_ = block;

    if (careful || (block->attention & mask_ & kAttentionFloat)) [[unlikely]] {
      const StepEnd end = step(*block, start);
      if (end != StepEnd::kBlockLeft)
        return end == StepEnd::kAlarm ? Leave::kAlarm : Leave::kFloatDisabled;
    } else {
      const Operation* op = block->operations;
      do {
        op = op->run(x, op);
      } while (op);
    }
    if (x.exit != Exit::kNone) [[unlikely]] {
      settle(*block);
      if (observer_) tell(*block, start, fetch_stalls);
      return Leave::kExit;
    }

    const uint32_t pc = x.state.r[kPc];
    const bool falls_through = pc == block->end;
    const PipelineState entry = falls_through ? block->timing.exit_state : kAfterBranch;
    x.cycles += falls_through ? block->timing.cycles_fall_through : block->timing.cycles_taken;
    instructions_ += block->timing.instructions;
    if (block->timing.mispredicted_cycles != 0) x.cycles += mispredicted(*block, !falls_through);
    if (observer_) [[unlikely]]
      tell(*block, start, fetch_stalls);
    if (x.attend) [[unlikely]] {
      begin_at(entry);
      x.exit = Exit::kAttend;
      return Leave::kExit;
    }
    Block*& successor = falls_through ? block->fall_through : block->taken;
    next_entry_ = entry;
    if (successor && successor->is(pc, entry, 0)) [[likely]] {
      block = successor;
    } else if (blocks_.size() < kMaxBlocks) {
      block = successor = find(pc, entry, 0);
    } else {  // a program that jumps everywhere must not take the host's memory
      forget_code();
      block = find(pc, entry, 0);
    }
  }
}

// Two bits for each conditional branch: it takes two surprises to change the mind. Unseen branches
// are expected to be taken backwards and not forwards.
uint32_t Processor::mispredicted(Block& block, bool taken) {
  const bool expected = block.prediction >= kWeaklyTaken;
  if (taken && block.prediction < kStronglyTaken) ++block.prediction;
  if (!taken && block.prediction > 0) --block.prediction;
  return taken == expected ? 0 : block.timing.mispredicted_cycles;
}

// Executes the block with a look around before every instruction.
Processor::StepEnd Processor::step(const Block& block, const Start& start) {
  Context& x = context_;
  const bool float_disabled = block.attention & mask_ & kAttentionFloat;
  const auto stop_at = [&](const Operation* op, StepEnd why) {
    x.state.r[kPc] = block.address + op->offset;
    settle(block);
    if (observer_ && op->offset > 0) tell(block, start, 0);
    return why;
  };
  for (const Operation* op = block.operations; op;) {
    // The end of the block is left to the next one.
    if (!op->in_if_then && op->bytes > 0 &&
        x.cycles + prefix(block, block.address + op->offset).cycles_fall_through >= exact_alarm_)
      return stop_at(op, StepEnd::kAlarm);
    if (op->is_float && float_disabled) return stop_at(op, StepEnd::kFloatDisabled);
    op = op->run(x, op);
  }
  return StepEnd::kBlockLeft;
}

// Adds what was executed of the block before the program counter, which is in it or at its end.
void Processor::settle(const Block& block) {
  const BlockTiming done = prefix(block, context_.state.r[kPc]);
  context_.cycles += done.cycles_fall_through;
  instructions_ += done.instructions;
  begin_at(done.exit_state);
}

BlockTiming Processor::prefix(const Block& block, uint32_t pc) const {
  if (pc == block.end) return block.timing;
  const auto code = memory_.bytes(block.address, pc - block.address);
  if (code.empty()) return {.exit_state = block.entry};
  return pipeline_.time_block(code, block.address, block.entry);
}

uint64_t Processor::cycles_at(uint32_t pc) const {
  return context_.cycles + prefix(*current_, pc).cycles_fall_through;
}

void Processor::pass(uint64_t cycles) {
  context_.cycles += cycles;
  begin_at(kAfterBranch);
}

void Processor::skip(uint32_t bytes) {
  const uint32_t pc = context_.state.r[kPc];
  const BlockTiming timing = pipeline_.time_block(memory_.bytes(pc, bytes), pc, next_entry_);
  if (observer_)
    observer_->on_block({.address = pc,
                         .end = pc + bytes,
                         .successor = pc + bytes,
                         .stack_pointer = context_.state.r[kSp],
                         .link_register = context_.state.r[kLr],
                         .instructions = timing.instructions,
                         .cycles = timing.cycles_fall_through,
                         .start_cycles = context_.cycles});
  context_.cycles += timing.cycles_fall_through;
  instructions_ += timing.instructions;
  context_.state.r[kPc] += bytes;
  begin_at(timing.exit_state);
}

uint32_t Processor::last_instruction() const {
  if (!current_) return context_.state.r[kPc];
  const auto& operations = current_->decoded.operations;
  // The very last operation only leads on to the next block.
  return current_->address + operations[operations.size() - 2].offset;
}

void Processor::tell(const Block& block, const Start& start, uint32_t fetch_stalls) {
  const uint32_t pc = context_.state.r[kPc];
  const auto instructions = static_cast<uint32_t>(instructions_ - start.instructions);
  const bool left_early = instructions < block.timing.instructions;
  ExecutedBlock executed{.address = block.address,
                         .end = left_early ? pc : block.end,
                         .successor = pc,
                         .stack_pointer = context_.state.r[kSp],
                         .link_register = context_.state.r[kLr],
                         .instructions = instructions,
                         .cycles = static_cast<uint32_t>(context_.cycles - start.cycles),
                         .fetch_stalls = fetch_stalls,
                         .start_cycles = start.cycles};
  if (!left_early) {
    const bool falls_through = pc == block.end;
    const uint32_t base =
        falls_through ? block.timing.cycles_fall_through : block.timing.cycles_taken;
    // Skipped instructions save cycles, which may outweigh the stalls.
    const uint32_t expected = base + fetch_stalls;
    executed.data_stalls = executed.cycles - std::min(executed.cycles, expected);
  }
  observer_->on_block(executed);
}

void Processor::set_float(bool enabled, bool automatic) {
  float_enabled_ = enabled;
  const bool in_use = context_.state.control & kControlFloat;
  if (enabled && (in_use || !automatic)) {
    mask_ &= ~kAttentionFloat;
  } else {
    mask_ |= kAttentionFloat;
  }
}

void Processor::attend(uint32_t address, Attention reason) {
  const bool known = attention_at_.contains(address);
  attention_at_[address] |= reason;
  const auto is_within = [&](const Block& block) {
    return block.address < address && address < block.end;
  };
  // A block that runs over the address has to be cut there.
  if (!known && std::ranges::any_of(blocks_, is_within)) forget_code();
  const auto [first, last] = blocks_at_.equal_range(address);
  for (auto at = first; at != last; ++at) at->second->attention |= reason;
}

void Processor::stop_attending(uint32_t address, Attention reason) {
  attention_at_[address] &= ~reason;
  const auto [first, last] = blocks_at_.equal_range(address);
  for (auto at = first; at != last; ++at) at->second->attention &= ~reason;
}

void Processor::forget_code() {
  current_ = nullptr;
  blocks_.clear();
  blocks_at_.clear();
  std::ranges::fill(recent_, nullptr);
}

Processor::Block* Processor::find(uint32_t address, PipelineState entry, uint32_t if_then) {
  Block*& recent = recent_[address / 2 % kRecentBlocks];
  if (recent && recent->is(address, entry, if_then)) return recent;
  const auto [first, last] = blocks_at_.equal_range(address);
  for (auto at = first; at != last; ++at)
    if (at->second->is(address, entry, if_then)) return recent = at->second;
  return recent = add(address, entry, if_then);
}

Processor::Block* Processor::add(uint32_t address, PipelineState entry, uint32_t if_then) {
  const MemoryMap::Region* region = memory_.find(address);
  if (!region || memory_.bytes(address, 2).empty()) return nullptr;
  Block& block = blocks_.emplace_back();
  block.address = address;
  block.entry = entry;
  block.if_then = if_then;
  block.in_ram = region->is_ram();
  translate(block);
  blocks_at_.emplace(address, &block);
  return &block;
}

void Processor::translate(Block& block) {
  const MemoryMap::Region& region = *memory_.find(block.address);
  const auto is_attended = [&](uint32_t address) { return attention_at_.contains(address); };
  block.decoded = decode_block(region.span().subspan(block.address - region.memory.base),
                               block.address, block.if_then, context_.features, is_attended,
                               [this](std::span<const std::byte> code, uint32_t address) {
                                 return pipeline_.skipped_saving(code, address);
                               });
  block.operations = block.decoded.operations.data();
  block.end = block.decoded.end;
  block.fall_through = block.taken = nullptr;
  const auto code = memory_.bytes(block.address, block.end - block.address);
  if (block.in_ram) block.bytes.assign(code.begin(), code.end());
  block.timing = pipeline_.time_block(code, block.address, block.entry);
  block.prediction = block.timing.branches_backward ? kWeaklyTaken : kWeaklyNotTaken;
  block.longest_cycles = std::max(block.timing.cycles_taken, block.timing.cycles_fall_through);
  const auto lines = timing_.code(block.address, block.end);
  block.fetch_costs = lines.has_value();
  if (lines) block.code = *lines;
  block.attention = block.decoded.has_float ? kAttentionFloat : 0u;
  if (const auto found = attention_at_.find(block.address); found != attention_at_.end())
    block.attention |= found->second;
}

bool Processor::was_rewritten(const Block& block) const {
  const auto now = memory_.bytes(block.address, block.end - block.address);
  return std::memcmp(now.data(), block.bytes.data(), now.size()) != 0;
}

}  // namespace thimble::sim
