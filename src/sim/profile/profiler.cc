#include "sim/profile/profiler.h"

#include "base/check.h"
#include "sim/run/thumb.h"

namespace thimble::sim {
namespace {

uint64_t pair_key(uint64_t high, uint64_t low) {
  return high << 32 | low;
}

}  // namespace

std::string function_name(const Profile::Function& function) {
  return function.symbol ? demangle(function.symbol->name) : "(no symbol)";
}

Profiler::Profiler(const Elf& elf, uint64_t start_cycles)
    : elf_(elf), start_cycles_(start_cycles), contexts_(1) {}

void Profiler::on_block(const ExecutedBlock& executed) {
  // A run that was stopped and continued reports an empty block.
  if (executed.address == executed.end && executed.cycles == 0) return;
  const size_t index = find_block(executed.address, executed.end);
  Profile::Block& block = blocks_[index];
  Context& context = contexts_.back();
  if (context.calling || context.frames.empty() || context.frames.back().function != block.function)
    arrive(context, block.function);

  const Cost cost{executed.cycles, executed.instructions, executed.data_stalls,
                  executed.fetch_stalls};
  block.cost += cost;
  ++block.executions;
  context.clock += cost;
  context.last_block = index;
  previous_block_ = index;
  if (executed.successor != executed.end) leave(context, executed);
}

// The context goes on in `function`, which is not the innermost of its stack.
void Profiler::arrive(Context& context, size_t function) {
  if (context.calling) {
    context.calling = false;
    push(context, function, context.last_block, context.return_address, context.stack_pointer);
  } else if (context.frames.empty()) {
    push(context, function, kNone, Frame{}.return_address, Frame{}.stack_pointer);
  } else {
    enter_sideways(context, function);
  }
}

// By a jump or by running on: a tail call, which returns where the innermost call does. Assembly
// that jumps to and fro between its labels returns to a frame that is there already.
void Profiler::enter_sideways(Context& context, size_t function) {
  const Frame top = context.frames.back();
  for (size_t depth = context.frames.size(); depth > 0; --depth) {
    const Frame& frame = context.frames[depth - 1];
    if (frame.return_address != top.return_address || frame.stack_pointer != top.stack_pointer)
      break;
    if (frame.function == function) return pop_to(context, depth);
  }
  push(context, function, context.last_block, top.return_address, top.stack_pointer);
}

// The block jumped: a call, a return, or neither.
void Profiler::leave(Context& context, const ExecutedBlock& executed) {
  if (executed.link_register == (executed.end | kThumbBit)) {
    context.calling = true;
    context.return_address = executed.end;
    context.stack_pointer = executed.stack_pointer;
    return;
  }
  auto returns_from = [&](const Frame& frame) {
    return executed.successor == frame.return_address &&
           executed.stack_pointer == frame.stack_pointer;
  };
  size_t depth = context.frames.size();
  // Above the stack pointer of a call, the call is over however it ended (longjmp).
  while (depth > 0 && !returns_from(context.frames[depth - 1]) &&
         executed.stack_pointer > context.frames[depth - 1].stack_pointer)
    --depth;
  if (depth == 0 || !returns_from(context.frames[depth - 1])) return;
  // Tail calls end together with the call that they replace.
  while (depth > 0 && returns_from(context.frames[depth - 1])) --depth;
  pop_to(context, depth);
}

void Profiler::on_exception_entry(uint32_t, uint64_t) {
  contexts_.emplace_back();
  previous_block_ = kNone;
}

void Profiler::on_exception_return(uint64_t) {
  if (contexts_.size() == 1) return;  // entered before anybody listened
  pop_to(contexts_.back(), 0);
  contexts_.pop_back();
  previous_block_ = kNone;
}

Profile Profiler::finish(uint64_t end_cycles) {
  while (contexts_.size() > 1) on_exception_return(end_cycles);
  pop_to(contexts_.back(), 0);
  Profile profile;
  for (FunctionState& function : functions_) profile.functions.push_back(function.result);
  for (const Profile::Block& block : blocks_) {
    profile.functions[block.function].self += block.cost;
    profile.total += block.cost;
  }
  profile.blocks = std::move(blocks_);
  profile.calls = std::move(calls_);
  CHECK(end_cycles - start_cycles_ >= profile.total.cycles, "{} cycles in blocks, {} went by",
        profile.total.cycles, end_cycles - start_cycles_);
  profile.idle_cycles = end_cycles - start_cycles_ - profile.total.cycles;
  return profile;
}

size_t Profiler::find_block(uint32_t address, uint32_t end) {
  auto is_it = [&](size_t index) {
    return index != kNone && blocks_[index].address == address && blocks_[index].end == end;
  };
  if (is_it(previous_block_)) return previous_block_;
  if (previous_block_ != kNone && is_it(next_block_[previous_block_]))
    return next_block_[previous_block_];
  const auto [at, is_new] = block_at_.try_emplace(pair_key(address, end), blocks_.size());
  if (is_new) {
    blocks_.push_back({address, end, find_function(address), 0, {}});
    next_block_.push_back(kNone);
  }
  if (previous_block_ != kNone) next_block_[previous_block_] = at->second;
  return at->second;
}

size_t Profiler::find_function(uint32_t address) {
  const Symbol* symbol = elf_.function_at(address);
  const auto [at, is_new] = function_of_.try_emplace(symbol, functions_.size());
  if (is_new) functions_.push_back({{symbol, 0, {}, {}}, {}});
  return at->second;
}

uint32_t& Profiler::active(size_t function) {
  std::vector<uint32_t>& levels = functions_[function].active;
  if (levels.size() < contexts_.size()) levels.resize(contexts_.size());
  return levels[contexts_.size() - 1];
}

void Profiler::push(Context& context, size_t function, size_t from_block, uint32_t return_address,
                    uint32_t stack_pointer) {
  Frame frame{.function = function,
              .return_address = return_address,
              .stack_pointer = stack_pointer,
              .counts = active(function)++ == 0,
              .entered = context.clock};
  ++functions_[function].result.calls;
  if (from_block != kNone) {
    const auto [at, is_new] = call_at_.try_emplace(pair_key(from_block, function), calls_.size());
    if (is_new) calls_.push_back({from_block, function, 0, {}});
    frame.call = at->second;
    ++calls_[frame.call].count;
  }
  context.frames.push_back(frame);
}

// Always of the innermost context.
void Profiler::pop(Context& context) {
  const Frame& frame = context.frames.back();
  --active(frame.function);
  if (frame.counts) {
    const Cost cost = context.clock - frame.entered;
    functions_[frame.function].result.inclusive += cost;
    if (frame.call != kNone) calls_[frame.call].cost += cost;
  }
  context.frames.pop_back();
}

void Profiler::pop_to(Context& context, size_t depth) {
  while (context.frames.size() > depth) pop(context);
}

}  // namespace thimble::sim
