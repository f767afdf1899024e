#include "sim/machine_state.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "sim/run/thumb.h"

namespace thimble::sim {

using base::ErrorCode;

namespace {

constexpr size_t kMaxOutputBytes = size_t{1} << 28;

// "flash at 0x08000000 (1024 KiB), sram at 0x20000000 (256 KiB)"
std::string memory_list(const board::Board& board) {
  std::string text;
  for (const board::Memory& memory : board.memories)
    text += fmt::format("{}{} at {:#010x} ({} KiB)", text.empty() ? "" : ", ", memory.name,
                        memory.base, memory.size_bytes / 1024);
  return text;
}

}  // namespace

base::Result<> Machine::State::load(const board::Board& board) {
  auto check_place = [&](const char* what, uint32_t address, uint64_t size) -> base::Result<> {
    if (!memory_.bytes(address, size).empty()) return {};
    const MemoryMap::Region* region = memory_.find(address);
    if (!region)
      return base::fail(
          {ErrorCode::kDoesNotFit,
           fmt::format("{} of {} bytes at {:#010x}: {} has no memory there", what, size, address,
                       board.name),
           fmt::format("its memories are {}: link the program for them, or choose the board it "
                       "was linked for",
                       memory_list(board))});
    const uint64_t end = uint64_t{address} + size;
    const uint64_t memory_end = uint64_t{region->memory.base} + region->memory.size_bytes;
    return base::fail(ErrorCode::kDoesNotFit, "{} exceeds {} of {} by {} bytes", what,
                      region->memory.name, board.name, end - memory_end);
  };
  for (const Segment& segment : elf_.segments()) {
    THIMBLE_TRY(check_place("the program", segment.load_address, segment.bytes.size()));
    std::ranges::copy(segment.bytes,
                      memory_.bytes(segment.load_address, segment.bytes.size()).begin());
  }
  for (const Section& section : elf_.sections())
    if (section.size_bytes > 0)
      THIMBLE_TRY(check_place(section.name.c_str(), section.address, section.size_bytes));
  return {};
}

base::Result<> Machine::State::reset(const board::Board& board) {
  uint32_t vectors[2];
  const auto table = memory_.bytes(board.flash().base, sizeof(vectors));
  std::memcpy(vectors, table.data(), sizeof(vectors));
  const auto [sp, entry] = vectors;
  if (!(entry & kThumbBit) || memory_.bytes(entry & ~kThumbBit, 2).empty())
    return base::fail({ErrorCode::kMalformed,
                       fmt::format("the reset vector {:#010x} at {:#010x} is no Thumb code of the "
                                   "program",
                                   entry, board.flash().base + 4),
                       fmt::format("{} starts at {:#010x}: the vector table (stack pointer, reset "
                                   "handler with bit 0 set, ...) has to be linked there",
                                   board.name, board.flash().base)});
  state().r[kSp] = sp & ~3u;
  state().r[kLr] = 0xFFFFFFFF;
  state().r[kPc] = entry & ~kThumbBit;
  return {};
}

bool Machine::State::device_read(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t& value) {
  if (!devices_.contains(address)) return false;
  now_ = processor_.cycles_at(pc);
  value = devices_.read(address, bytes);
  return true;
}

bool Machine::State::device_write(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t value) {
  if (!devices_.contains(address)) return false;
  now_ = processor_.cycles_at(pc);
  devices_.write(address, bytes, value);
  return true;
}

Stop Machine::State::run(const RunLimits& limits) {
  if (end_) return *end_;
  const uint64_t begin = processor_.cycles();
  const uint64_t deadline = begin + std::min(limits.max_cycles, UINT64_MAX - begin);
  const uint32_t first_pc = state().r[kPc];
  if (const auto for_event = std::exchange(asleep_, std::nullopt))
    if (const auto stop = sleep(first_pc, deadline, *for_event)) return *stop;
  bool at_start = true;  // a breakpoint here has been reported already
  bool pass_attention = false;
  for (;; at_start = false) {
    devices_.advance(processor_.cycles());
    if (const auto exception = devices_.nvic().take(state())) {
      if (const auto stop = enter(*exception)) return *stop;
      pass_attention = false;
      continue;
    }
    if (processor_.cycles() >= deadline) return stop_at(StopKind::kCycleLimit, state().r[kPc]);
    processor_.set_alarm(deadline, devices_.next_event_cycles());
    const Leave leave = processor_.run(pass_attention);
    pass_attention = false;
    const uint32_t pc = state().r[kPc];
    switch (leave) {
      case Leave::kAlarm:
        break;
      case Leave::kAttention: {
        const bool breaks = processor_.attention() & kAttentionBreak;
        if (breaks && !(at_start && pc == first_pc)) return stop_at(StopKind::kBreakpoint, pc);
        if (processor_.attention() & kAttentionWatch) note_watched_block();
        pass_attention = true;
        break;
      }
      case Leave::kFloatDisabled:
        return fault(FaultKind::kFpuDisabled, pc);
      case Leave::kBadFetch:
        return fault(FaultKind::kUnmappedFetch, pc);
      case Leave::kExit:
        if (const auto stop = handle_exit(deadline)) return *stop;
        break;
    }
  }
}

void Machine::State::note_watched_block() {
  const auto return_address =
      watch_.on_block(state().r[kPc], {state().r[kSp], state().r[kLr], processor_.cycles(),
                                       processor_.instructions(), timing_.reads(code_memory_)});
  if (return_address) processor_.attend(*return_address, kAttentionWatch);
}

std::optional<Stop> Machine::State::handle_exit(uint64_t deadline) {
  const Context& context = processor_.context();
  const uint32_t pc = state().r[kPc];
  const uint32_t address = context.exit_address;
  switch (context.exit) {
    case Exit::kNone:
    case Exit::kAttend:
      apply_settings();
      if (devices_.reset_requested()) return end(stop_at(StopKind::kReset, pc));
      return std::nullopt;
    case Exit::kBreak:
      return handle_break();
    case Exit::kSleep:
    case Exit::kWaitEvent:
      return sleep(pc, deadline, context.exit == Exit::kWaitEvent);
    case Exit::kSupervisorCall:
      if (const auto taken = escalate(kSupervisorCall, state(), devices_)) return enter(*taken);
      state().r[kPc] = pc - 2;
      return fault(FaultKind::kException, pc - 2);
    case Exit::kExceptionReturn:
      return leave_handler(address, deadline);
    case Exit::kUndefined:
      return fault(FaultKind::kUndefinedInstruction, pc);
    case Exit::kBadRead:
      return fault(FaultKind::kUnmappedRead, address);
    case Exit::kBadWrite:
      return fault(FaultKind::kUnmappedWrite, address);
    case Exit::kReadOnly:
      return fault(FaultKind::kWriteToFlash, address);
    case Exit::kUnaligned:
      return fault(FaultKind::kUnaligned, address);
    case Exit::kInvalidState:
      return fault(FaultKind::kInvalidState, address);
  }
  CHECK(false);
}

void Machine::State::apply_settings() {
  const SystemControl& system = devices_.system();
  processor_.set_float(system.fpu_enabled(), system.automatic_float_state());
  settings_.update();
  const std::vector<PinEdge>& edges = devices_.pin_edges();
  for (; pin_edges_told_ < edges.size(); ++pin_edges_told_)
    if (observer_) observer_->on_pin(edges[pin_edges_told_]);
}

// Lets virtual time pass until something wakes the processor.
std::optional<Stop> Machine::State::sleep(uint32_t pc, uint64_t deadline, bool for_event) {
  constexpr uint32_t kInstructionBytes = 2;
  bool& event = processor_.context().event;
  const uint64_t start = processor_.cycles();
  const auto awake = [&] {
    if (devices_.wakes(state())) return true;
    if (!for_event || !(devices_.take_event() || event)) return false;
    event = false;
    return true;
  };
  while (!awake()) {
    if (processor_.cycles() >= deadline) {
      asleep_ = for_event;
      break;
    }
    // One more tick does not wake either when that of before is still pending.
    const uint64_t next = devices_.next_event_cycles();
    if (next == UINT64_MAX || devices_.nvic().pending(kSysTickException))
      return stop_at(StopKind::kSleep, pc - kInstructionBytes);
    const uint64_t until = std::clamp(next, processor_.cycles(), deadline);
    processor_.pass(until - processor_.cycles());
    devices_.advance(until);
  }
  const uint64_t end = processor_.cycles();
  sleep_cycles_ += end - start;
  if (observer_ && end > start) observer_->on_sleep(start, end);
  return std::nullopt;
}

std::optional<Stop> Machine::State::enter(uint32_t exception) {
  if (observer_) observer_->on_exception_entry(exception, processor_.cycles());
  const ExceptionOutcome outcome =
      enter_exception(state(), memory_, devices_, exception, exception_timing_);
  if (!outcome.ok()) return exception_fault(outcome);
  processor_.pass(outcome.cycles);
  apply_settings();
  return std::nullopt;
}

std::optional<Stop> Machine::State::leave_handler(uint32_t exc_return, uint64_t deadline) {
  const ExceptionOutcome outcome =
      leave_exception(state(), memory_, devices_, exc_return, exception_timing_);
  if (!outcome.ok()) return exception_fault(outcome);
  processor_.pass(outcome.cycles);
  if (observer_) {
    observer_->on_exception_return(processor_.cycles());
    if (outcome.tail_chained)
      observer_->on_exception_entry(*outcome.tail_chained, processor_.cycles());
  }
  apply_settings();
  if (outcome.sleeps) return sleep(state().r[kPc], deadline, false);
  return std::nullopt;
}

Stop Machine::State::exception_fault(const ExceptionOutcome& outcome) {
  switch (outcome.error) {
    case ExceptionError::kStacking:
      return fault(FaultKind::kStackOverflow, outcome.address);
    case ExceptionError::kVector:
      return fault(FaultKind::kExceptionEntry, outcome.address);
    default:
      return fault(FaultKind::kExceptionReturn, outcome.address);
  }
}

std::optional<Stop> Machine::State::handle_break() {
  const uint32_t pc = state().r[kPc];
  uint16_t instruction = 0;
  const auto code = memory_.bytes(pc, sizeof(instruction));
  if (!code.empty()) std::memcpy(&instruction, code.data(), sizeof(instruction));
  processor_.skip(sizeof(instruction));
  if (instruction != kSemihostingCall) return stop_at(StopKind::kBreakInstruction, pc);
  const SemihostingResult result =
      semihosting_.call(state().r[0], state().r[1], processor_.cycles(), memory_);
  // A program that prints for ever must not take the host's memory.
  if (output_.size() < kMaxOutputBytes) output_ += result.output;
  if (result.exit_code)
    return end({StopKind::kExit, locate(elf_, pc), *result.exit_code, std::nullopt});
  state().r[0] = result.r0;
  return std::nullopt;
}

Stop Machine::State::end(Stop stop) {
  end_ = stop;
  return stop;
}

Stop Machine::State::fault(FaultKind kind, uint32_t address) {
  Fault found;
  found.kind = kind;
  found.address = address;
  found.registers = state().r;
  const bool is_data_access = kind == FaultKind::kUnmappedRead ||
                              kind == FaultKind::kUnmappedWrite || kind == FaultKind::kWriteToFlash;
  if (is_data_access && is_stack_overflow(memory_, address, state().r[kSp]))
    found.kind = FaultKind::kStackOverflow;
  // Of a jump into nowhere, the instruction that jumped is of interest.
  const bool jumped = kind == FaultKind::kUnmappedFetch;
  found.where = locate(elf_, jumped ? processor_.last_instruction() : state().r[kPc]);
  found.callers = find_callers(elf_, memory_, found.registers);
  CodeLocation where = found.where;
  return end({StopKind::kFault, std::move(where), 0, std::move(found)});
}

base::Result<> Machine::State::write_memory(uint32_t address, std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  const auto target = memory_.bytes(address, bytes.size());
  if (target.empty())
    return base::fail(ErrorCode::kInvalidArgument, "{} bytes at {:#010x} are not in one memory",
                      bytes.size(), address);
  std::ranges::copy(bytes, target.begin());
  // Code in RAM is compared before it runs.
  if (!memory_.find(address)->is_ram()) processor_.forget_code();
  return {};
}

WatchId Machine::State::watch_function(uint32_t address) {
  if (const auto known = watch_.find(address)) return *known;
  processor_.attend(address, kAttentionWatch);
  return watch_.add(address);
}

base::Result<> Machine::State::add_breakpoint(uint32_t address) {
  if (memory_.bytes(address, 2).empty())
    return base::fail(ErrorCode::kInvalidArgument, "no code at {:#010x}", address);
  processor_.attend(address, kAttentionBreak);
  return {};
}

}  // namespace thimble::sim
