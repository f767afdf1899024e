#include "sim/machine.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "sim/cpu/instruction_set.h"
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
    case StopKind::kCycleLimit:
      return "the cycle limit was reached in " + where.to_string();
    case StopKind::kFault:
      return fault->to_string();
  }
  return {};
}

class Machine::State final : public Bus {
 public:
  State(const board::Board& board, const board::Core& core, const InstructionSet& features,
        Elf program, MemoryMap map, MemoryTiming timing, std::unique_ptr<PipelineModel> model)
      : elf_(std::move(program)),
        memory_(std::move(map)),
        pipeline_(std::move(model)),
        timing_(std::move(timing)),
        processor_(memory_, features, *pipeline_, timing_, *this),
        devices_(board, core, [this] { return now_; }) {}

  base::Result<> load(const board::Board& board);
  base::Result<> reset(const board::Board& board);
  Stop run(const RunLimits& limits);
  base::Result<> write_memory(uint32_t address, std::span<const std::byte> bytes);
  WatchId watch_function(uint32_t address);
  base::Result<> add_breakpoint(uint32_t address);

  const Elf& elf() const { return elf_; }
  const MemoryMap& memory() const { return memory_; }
  Processor& processor() { return processor_; }
  const FunctionWatch& watch() const { return watch_; }
  const std::string& output() const { return output_; }

  bool device_read(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t& value) override;
  bool device_write(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t value) override;

 private:
  CpuState& state() { return processor_.context().state; }
  void note_watched_block();
  std::optional<Stop> handle_exit();
  std::optional<Stop> handle_break();
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
  std::string output_;
  uint64_t now_ = 0;         // for devices: when the instruction that accesses them begins
  std::optional<Stop> end_;  // there is no going on after this
};

base::Result<> Machine::State::load(const board::Board& board) {
  auto check_place = [&](const char* what, uint32_t address, uint64_t size) -> base::Result<> {
    if (!memory_.bytes(address, size).empty()) return {};
    const MemoryMap::Region* region = memory_.find(address);
    if (!region)
      return base::fail(ErrorCode::kDoesNotFit,
                        "{} of {} bytes at {:#010x}: {} has no memory there", what, size, address,
                        board.name);
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
    return base::fail(ErrorCode::kMalformed,
                      "the reset vector {:#010x} at {:#010x} is no Thumb code of the program",
                      entry, board.flash().base + 4);
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
  bool at_start = true;  // a breakpoint here has been reported already
  bool pass_attention = false;
  for (;; at_start = false) {
    processor_.set_alarm(deadline, UINT64_MAX);
    const Leave leave = processor_.run(pass_attention);
    pass_attention = false;
    const uint32_t pc = state().r[kPc];
    switch (leave) {
      case Leave::kAlarm:
        return stop_at(StopKind::kCycleLimit, pc);
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
        if (const auto stop = handle_exit()) return *stop;
        break;
    }
  }
}

void Machine::State::note_watched_block() {
  const auto return_address = watch_.on_block(
      state().r[kPc],
      {state().r[kSp], state().r[kLr], processor_.cycles(), processor_.instructions()});
  if (return_address) processor_.attend(*return_address, kAttentionWatch);
}

std::optional<Stop> Machine::State::handle_exit() {
  const Context& context = processor_.context();
  const uint32_t pc = state().r[kPc];
  const uint32_t address = context.exit_address;
  switch (context.exit) {
    case Exit::kNone:
    case Exit::kAttend:
      processor_.set_float_enabled(devices_.fpu_enabled());
      return std::nullopt;
    case Exit::kBreak:
      return handle_break();
    case Exit::kSleep:
    case Exit::kWaitEvent:
      return stop_at(StopKind::kSleep, pc - 2);
    case Exit::kSupervisorCall:
      state().r[kPc] = pc - 2;
      return fault(FaultKind::kException, pc - 2);
    case Exit::kExceptionReturn:
      return fault(FaultKind::kUnmappedFetch, address);
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

std::optional<Stop> Machine::State::handle_break() {
  const uint32_t pc = state().r[kPc];
  uint16_t instruction = 0;
  const auto code = memory_.bytes(pc, sizeof(instruction));
  if (!code.empty()) std::memcpy(&instruction, code.data(), sizeof(instruction));
  processor_.skip(sizeof(instruction));
  if (instruction != kSemihostingCall) return stop_at(StopKind::kBreakInstruction, pc);
  const SemihostingResult result = semihosting_call(state().r[0], state().r[1], memory_);
  output_ += result.output;
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
  auto state = std::make_unique<State>(board, core, features, std::move(elf), std::move(memory),
                                       std::move(timing), std::move(pipeline));
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
  state_->processor().set_observer(observer);
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

}  // namespace thimble::sim
