#include "sim/machine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "sim/cpu/instruction_set.h"
#include "sim/run/exceptions.h"
#include "sim/run/memory_settings.h"
#include "sim/run/processor.h"
#include "sim/run/semihosting.h"
#include "sim/run/thumb.h"
#include "sim/soc/devices.h"
#include "sim/soc/memory_map.h"
#include "sim/soc/memory_timing.h"

namespace thimble::sim {

using base::ErrorCode;

std::string Stop::to_string() const {
  switch (kind) {
    case StopKind::kBreakpoint:
      return "breakpoint at " + where.to_string();
    case StopKind::kExit:
      return fmt::format("the program ended with code {}", exit_code);
    case StopKind::kBreakInstruction:
      return "BKPT instruction in " + where.to_string();
    case StopKind::kSleep:
      return "waiting for an interrupt that never comes in " + where.to_string();
    case StopKind::kReset:
      return "the program reset the processor in " + where.to_string();
    case StopKind::kCycleLimit:
      return "the cycle limit was reached in " + where.to_string();
    case StopKind::kFault:
      return fault->to_string();
  }
  return {};
}

namespace {

constexpr size_t kMaxOutputBytes = size_t{1} << 28;

size_t code_memory(const board::Board& board) {
  return static_cast<size_t>(&board.flash() - board.memories.data());
}

// "flash at 0x08000000 (1024 KiB), sram at 0x20000000 (256 KiB)"
std::string memory_list(const board::Board& board) {
  std::string text;
  for (const board::Memory& memory : board.memories)
    text += fmt::format("{}{} at {:#010x} ({} KiB)", text.empty() ? "" : ", ", memory.name,
                        memory.base, memory.size_bytes / 1024);
  return text;
}

}  // namespace

class Machine::State final : public Bus {
 public:
  State(const board::Board& board, const board::Core& core, const InstructionSet& features,
        const ExceptionTiming& exceptions, Elf program, MemoryMap map, MemoryTiming timing,
        std::unique_ptr<PipelineModel> model)
      : elf_(std::move(program)),
        memory_(std::move(map)),
        pipeline_(std::move(model)),
        timing_(std::move(timing)),
        processor_(memory_, features, *pipeline_, timing_, *this),
        devices_(board, core, [this] { return now_; }),
        semihosting_(board.clock_hz),
        exception_timing_(exceptions),
        code_memory_(code_memory(board)),
        settings_(devices_, timing_, code_memory_) {
    devices_.set_memory(
        [this](uint32_t address, uint32_t size) { return memory_.bytes(address, size); });
    processor_.context().priority_mask = devices_.nvic().priority_mask();
  }

  base::Result<> load(const board::Board& board);
  base::Result<> reset(const board::Board& board);
  Stop run(const RunLimits& limits);
  base::Result<> write_memory(uint32_t address, std::span<const std::byte> bytes);
  WatchId watch_function(uint32_t address);
  base::Result<> add_breakpoint(uint32_t address);

  const Elf& elf() const { return elf_; }
  const MemoryMap& memory() const { return memory_; }
  Processor& processor() { return processor_; }
  void set_observer(ExecutionObserver* observer) {
    observer_ = observer;
    processor_.set_observer(observer);
  }
  Devices& devices() { return devices_; }
  uint64_t sleep_cycles() const { return sleep_cycles_; }
  const FunctionWatch& watch() const { return watch_; }
  const std::string& output() const { return output_; }

  bool device_read(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t& value) override;
  bool device_write(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t value) override;

 private:
  CpuState& state() { return processor_.context().state; }
  void note_watched_block();
  std::optional<Stop> handle_exit(uint64_t deadline);
  std::optional<Stop> handle_break();
  std::optional<Stop> sleep(uint32_t pc, uint64_t deadline, bool for_event);
  std::optional<Stop> enter(uint32_t exception);
  std::optional<Stop> leave_handler(uint32_t exc_return, uint64_t deadline);
  Stop exception_fault(const ExceptionOutcome& outcome);
  void apply_settings();
  Stop stop_at(StopKind kind, uint32_t pc) const { return {kind, locate(elf_, pc), 0, {}}; }
  Stop end(Stop stop);
  Stop fault(FaultKind kind, uint32_t address);

  Elf elf_;
  MemoryMap memory_;
  std::unique_ptr<PipelineModel> pipeline_;
  MemoryTiming timing_;
  Processor processor_;
  FunctionWatch watch_;
  Devices devices_;
  Semihosting semihosting_;
  std::string output_;
  ExceptionTiming exception_timing_;
  size_t code_memory_;
  MemorySettings settings_;
  ExecutionObserver* observer_ = nullptr;
  size_t pin_edges_told_ = 0;
  uint64_t sleep_cycles_ = 0;
  std::optional<bool> asleep_;  // at the end of a run; whether an event wakes
  uint64_t now_ = 0;            // for devices: when the instruction that accesses them begins
  std::optional<Stop> end_;     // there is no going on after this
};

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

Machine::Machine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

base::Result<Machine> Machine::create(const board::Board& board, const board::Core& core, Elf elf) {
  THIMBLE_ASSIGN(auto pipeline, PipelineModel::create(core));
  return create(board, core, std::move(elf), std::move(pipeline));
}

base::Result<Machine> Machine::create(const board::Board& board, const board::Core& core, Elf elf,
                                      std::unique_ptr<PipelineModel> pipeline) {
  THIMBLE_ASSIGN(const InstructionSet features, instruction_set(core.name));
  THIMBLE_ASSIGN(MemoryMap memory, MemoryMap::create(board));
  THIMBLE_ASSIGN(MemoryTiming timing, MemoryTiming::create(board));
  THIMBLE_ASSIGN(const ExceptionTiming exceptions, exception_timing(core));
  auto state = std::make_unique<State>(board, core, features, exceptions, std::move(elf),
                                       std::move(memory), std::move(timing), std::move(pipeline));
  THIMBLE_TRY(state->load(board));
  THIMBLE_TRY(state->reset(board));
  return Machine(std::move(state));
}

const Elf& Machine::elf() const {
  return state_->elf();
}

Stop Machine::run(const RunLimits& limits) {
  return state_->run(limits);
}

base::Result<> Machine::read_memory(uint32_t address, std::span<std::byte> bytes) const {
  if (bytes.empty()) return {};
  const auto source = state_->memory().bytes(address, bytes.size());
  if (source.empty())
    return base::fail(ErrorCode::kInvalidArgument, "{} bytes at {:#010x} are not in one memory",
                      bytes.size(), address);
  std::ranges::copy(source, bytes.begin());
  return {};
}

base::Result<> Machine::write_memory(uint32_t address, std::span<const std::byte> bytes) {
  return state_->write_memory(address, bytes);
}

base::Result<uint32_t> Machine::symbol_address(std::string_view name) const {
  if (const Symbol* symbol = elf().find_symbol(name)) return symbol->address;
  return base::fail(ErrorCode::kNotFound, "the program has no symbol {}", name);
}

base::Result<WatchId> Machine::watch_function(std::string_view name) {
  THIMBLE_ASSIGN(const uint32_t address, symbol_address(name));
  return state_->watch_function(address);
}

WatchId Machine::watch_function(uint32_t address) {
  return state_->watch_function(address & ~kThumbBit);
}

const FunctionStatistics& Machine::statistics(WatchId id) const {
  return state_->watch().statistics(id);
}

base::Result<> Machine::add_breakpoint(std::string_view function_name) {
  THIMBLE_ASSIGN(const uint32_t address, symbol_address(function_name));
  return state_->add_breakpoint(address);
}

base::Result<> Machine::add_breakpoint(uint32_t address) {
  return state_->add_breakpoint(address & ~kThumbBit);
}

void Machine::set_observer(ExecutionObserver* observer) {
  state_->set_observer(observer);
}

uint64_t Machine::cycles() const {
  return state_->processor().cycles();
}
uint64_t Machine::instructions() const {
  return state_->processor().instructions();
}
uint32_t Machine::register_value(int index) const {
  CHECK(index >= 0 && index <= kPc, "register {}", index);
  return state_->processor().context().state.r[static_cast<size_t>(index)];
}

base::Result<uint32_t> Machine::high_water_bytes(uint32_t low, uint32_t high) const {
  if (low >= high) return 0;
  const auto bytes = state_->memory().bytes(low, high - low);
  if (bytes.empty())
    return base::fail(ErrorCode::kInvalidArgument, "[{:#010x}, {:#010x}) is not in one memory", low,
                      high);
  const auto changed =
      std::ranges::find_if(bytes, [](std::byte b) { return b != MemoryMap::kPaint; });
  return static_cast<uint32_t>(bytes.end() - changed);
}

const std::string& Machine::output() const {
  return state_->output();
}

void Machine::set_uart_sink(std::function<void(char)> sink) {
  state_->devices().set_uart_sink(std::move(sink));
}

void Machine::push_uart_input(std::string_view bytes) {
  state_->devices().push_uart_input(bytes);
}

const std::string& Machine::trace_text() const {
  return state_->devices().trace_text();
}

const std::vector<PinEdge>& Machine::pin_edges() const {
  return state_->devices().pin_edges();
}

uint64_t Machine::sleep_cycles() const {
  return state_->sleep_cycles();
}

}  // namespace thimble::sim
