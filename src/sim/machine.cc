#include "sim/machine.h"

#include <algorithm>
#include <cstring>

#include "sim/cpu/cpu.h"
#include "sim/run/access_locator.h"
#include "sim/run/block_clock.h"
#include "sim/run/semihosting.h"
#include "sim/run/thumb.h"
#include "sim/soc/devices.h"
#include "sim/soc/flash_timing.h"
#include "sim/soc/memory_map.h"

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

class Machine::State final : public CpuListener {
 public:
  State(const board::Board& board, const board::Core& core, Elf program, MemoryMap map,
        FlashTiming flash, std::unique_ptr<PipelineModel> model)
      : elf_(std::move(program)),
        memory_(std::move(map)),
        pipeline_(std::move(model)),
        flash_(std::move(flash)),
        clock_(memory_, *pipeline_, flash_),
        devices_(board, core, [this] { return exact_cycles(); }) {}

  base::Result<> load(const board::Board& board);
  base::Result<> connect(CpuModel model);
  base::Result<> reset(const board::Board& board);
  Stop run(const RunLimits& limits);
  base::Result<> write_memory(uint32_t address, std::span<const std::byte> bytes);
  WatchId watch_function(uint32_t address);
  base::Result<> add_breakpoint(uint32_t address);
  uint32_t register_value(int index) const {
    return index == kPc ? pc_ : cpu_->read_register(index);
  }

  const Elf& elf() const { return elf_; }
  const MemoryMap& memory() const { return memory_; }
  const BlockClock& clock() const { return clock_; }
  const FunctionWatch& watch() const { return watch_; }
  const std::string& output() const { return output_; }

  void set_observer(ExecutionObserver* observer) { observer_ = observer; }

  bool on_block(uint32_t address, uint32_t size) override;
  void on_read(uint32_t address, uint32_t bytes) override;
  uint32_t on_device_read(uint32_t address, uint32_t bytes) override;
  void on_device_write(uint32_t address, uint32_t bytes, uint32_t value) override;

 private:
  // What the program counter of a device access depends on.
  struct DeviceAccess {
    uint32_t address = 0;
    uint64_t block_start_instructions = 0;
    size_t earlier_in_block = 0;
  };

  bool attend(uint32_t attention, uint32_t address);
  void tell(ExecutedBlock block, uint32_t successor);
  void update_attention();
  void note_device_access(uint32_t address);
  uint64_t exact_cycles() const;
  std::span<const std::byte> current_block() const {
    return memory_.bytes(clock_.block_address(), clock_.block_end() - clock_.block_address());
  }
  std::optional<Stop> handle_break(uint32_t pc);
  Stop stop_at(StopKind kind, uint32_t pc) const { return {kind, locate(elf_, pc), 0, {}}; }
  Stop end(Stop stop);
  Stop fault(const CpuEvent& event);
  Fault describe(const CpuEvent& event) const;
  uint32_t locate_access(uint32_t address) const;

  Elf elf_;
  MemoryMap memory_;
  std::unique_ptr<PipelineModel> pipeline_;
  FlashTiming flash_;
  BlockClock clock_;
  FunctionWatch watch_;
  ExecutionObserver* observer_ = nullptr;
  Devices devices_;
  std::unique_ptr<Cpu> cpu_;
  std::vector<uint32_t> breakpoints_;
  std::string output_;
  DeviceAccess device_access_;
  uint32_t pc_ = 0;  // of the next instruction
  uint64_t stop_at_cycles_ = 0;
  std::optional<uint32_t> fpu_fault_pc_;
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

base::Result<> Machine::State::connect(CpuModel model) {
  THIMBLE_ASSIGN(cpu_, Cpu::create(model, *this));
  for (const MemoryMap::Region& region : memory_.regions())
    THIMBLE_TRY(
        cpu_->map_memory(region.memory.base, region.span(),
                         region.is_ram() ? Access::kReadWriteExecute : Access::kReadExecute));
  for (const Devices::Range& range : {Devices::kPeripherals, Devices::kSystem})
    THIMBLE_TRY(cpu_->map_device(range.base, range.size_bytes));
  if (flash_.has_wait_states()) THIMBLE_TRY(cpu_->watch_reads(flash_.base(), flash_.size_bytes()));
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
  cpu_->write_register(kSp, sp & ~3u);
  cpu_->write_register(kLr, 0xFFFFFFFF);
  pc_ = entry & ~kThumbBit;
  clock_.settle(pc_);
  update_attention();
  return {};
}

bool Machine::State::on_block(uint32_t address, uint32_t size) {
  const ExecutedBlock before{.address = clock_.block_address(),
                             .end = clock_.block_end(),
                             .instructions = static_cast<uint32_t>(clock_.instructions()),
                             .start_cycles = clock_.cycles()};
  const uint32_t attention = clock_.enter(address, size);
  if (observer_) [[unlikely]]
    tell(before, address);
  if (clock_.cycles() >= stop_at_cycles_) [[unlikely]] {
    clock_.leave_before_block();
    return false;
  }
  if (attention != 0) [[unlikely]]
    return attend(attention, address);
  return true;
}

void Machine::State::tell(ExecutedBlock block, uint32_t successor) {
  block.successor = successor;
  block.stack_pointer = cpu_->read_register(kSp);
  block.link_register = cpu_->read_register(kLr);
  block.instructions = static_cast<uint32_t>(clock_.instructions()) - block.instructions;
  block.cycles = static_cast<uint32_t>(clock_.cycles() - block.start_cycles);
  observer_->on_block(block);
}

bool Machine::State::attend(uint32_t attention, uint32_t address) {
  if (attention & kAttentionFloatingPoint) {
    const size_t offset = find_floating_point(current_block()).value_or(0);
    fpu_fault_pc_ = address + static_cast<uint32_t>(offset);
    clock_.leave_before_block();
    return false;
  }
  const auto return_address = watch_.on_block(
      address,
      {cpu_->read_register(kSp), cpu_->read_register(kLr), clock_.cycles(), clock_.instructions()});
  if (return_address) clock_.attend(*return_address, kAttentionWatched);
  return true;
}

void Machine::State::update_attention() {
  uint32_t mask = kAttentionWatched;
  if (!devices_.fpu_enabled()) mask |= kAttentionFloatingPoint;
  clock_.set_attention_mask(mask);
}

void Machine::State::on_read(uint32_t address, uint32_t bytes) {
  clock_.stall(flash_.read(address, bytes));
}

uint32_t Machine::State::on_device_read(uint32_t address, uint32_t bytes) {
  note_device_access(address);
  return devices_.read(address, bytes);
}

void Machine::State::on_device_write(uint32_t address, uint32_t bytes, uint32_t value) {
  note_device_access(address);
  devices_.write(address, bytes, value);
  update_attention();
}

void Machine::State::note_device_access(uint32_t address) {
  const bool same = device_access_.address == address &&
                    device_access_.block_start_instructions == clock_.instructions();
  device_access_ = {address, clock_.instructions(), same ? device_access_.earlier_in_block + 1 : 0};
}

// The time of a device access: the emulator names its block only, so the instruction is looked for.
uint64_t Machine::State::exact_cycles() const {
  const std::vector<uint32_t> candidates = find_accesses(
      current_block(), clock_.block_address(), cpu_->read_registers(), device_access_.address);
  if (candidates.empty()) return clock_.cycles();
  const size_t index = std::min(device_access_.earlier_in_block, candidates.size() - 1);
  return clock_.cycles_before(candidates[index]);
}

Stop Machine::State::run(const RunLimits& limits) {
  if (end_) return *end_;
  const uint64_t now = clock_.cycles();
  stop_at_cycles_ = now + std::min(limits.max_cycles, UINT64_MAX - now);
  for (;;) {
    const CpuEvent event = cpu_->run(pc_);
    switch (event.stop) {
      case CpuStop::kListener:
        pc_ = event.pc;
        if (!fpu_fault_pc_) return stop_at(StopKind::kCycleLimit, pc_);
        return fault(event);
      case CpuStop::kStopAddress:
        pc_ = event.pc;
        clock_.settle(pc_);
        return stop_at(StopKind::kBreakpoint, pc_);
      case CpuStop::kSleep:
        pc_ = event.pc;
        clock_.settle(pc_);
        return stop_at(StopKind::kSleep, pc_ - 2);
      case CpuStop::kBreak:
        if (const auto stop = handle_break(event.pc)) return *stop;
        break;
      default:
        return fault(event);
    }
  }
}

std::optional<Stop> Machine::State::handle_break(uint32_t pc) {
  uint16_t instruction = 0;
  const auto code = memory_.bytes(pc, sizeof(instruction));
  if (!code.empty()) std::memcpy(&instruction, code.data(), sizeof(instruction));
  pc_ = pc + sizeof(instruction);
  clock_.settle(pc_);
  if (instruction != kSemihostingCall) return stop_at(StopKind::kBreakInstruction, pc);
  const SemihostingResult result =
      semihosting_call(cpu_->read_register(0), cpu_->read_register(1), memory_);
  output_ += result.output;
  if (result.exit_code)
    return end({StopKind::kExit, locate(elf_, pc), *result.exit_code, std::nullopt});
  cpu_->write_register(0, result.r0);
  return std::nullopt;
}

Stop Machine::State::end(Stop stop) {
  end_ = stop;
  return stop;
}

Stop Machine::State::fault(const CpuEvent& event) {
  Fault found = describe(event);
  pc_ = found.registers[kPc];
  clock_.settle(pc_);
  CodeLocation where = found.where;
  return end({StopKind::kFault, std::move(where), 0, std::move(found)});
}

Fault Machine::State::describe(const CpuEvent& event) const {
  Fault result;
  result.registers = cpu_->read_registers();
  uint32_t pc = event.pc;
  result.address = event.address;
  switch (event.stop) {
    case CpuStop::kListener:
      result.kind = FaultKind::kFpuDisabled;
      pc = *fpu_fault_pc_;
      break;
    case CpuStop::kBadRead:
      result.kind = FaultKind::kUnmappedRead;
      pc = locate_access(event.address);
      break;
    case CpuStop::kBadWrite:
      result.kind = FaultKind::kUnmappedWrite;
      pc = locate_access(event.address);
      break;
    case CpuStop::kReadOnly:
      result.kind = FaultKind::kWriteToFlash;
      pc = locate_access(event.address);
      break;
    case CpuStop::kBadFetch:
      result.kind = FaultKind::kUnmappedFetch;
      break;
    case CpuStop::kUnaligned:
      result.kind = FaultKind::kUnaligned;
      break;
    case CpuStop::kInvalidState:
      result.kind = FaultKind::kInvalidState;
      break;
    case CpuStop::kException:
      result.kind = FaultKind::kException;
      pc -= 2;
      break;
    default:
      result.kind = FaultKind::kUndefinedInstruction;
      break;
  }
  const bool is_data_access = result.kind == FaultKind::kUnmappedRead ||
                              result.kind == FaultKind::kUnmappedWrite ||
                              result.kind == FaultKind::kWriteToFlash;
  if (!is_data_access) result.address = pc;
  if (is_data_access && is_stack_overflow(memory_, result.address, result.registers[kSp]))
    result.kind = FaultKind::kStackOverflow;
  result.registers[kPc] = pc;
  // Of a jump into nowhere, the instruction that jumped is of interest: the last of its block.
  const bool jumped = result.kind == FaultKind::kUnmappedFetch;
  result.where = locate(elf_, jumped ? clock_.block_end() - 2 : pc);
  result.callers = find_callers(elf_, memory_, result.registers);
  return result;
}

// The instruction of the current block that accesses `address`; its first one if none seems to.
uint32_t Machine::State::locate_access(uint32_t address) const {
  const std::vector<uint32_t> candidates =
      find_accesses(current_block(), clock_.block_address(), cpu_->read_registers(), address);
  return candidates.empty() ? clock_.block_address() : candidates.front();
}

base::Result<> Machine::State::write_memory(uint32_t address, std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  const auto target = memory_.bytes(address, bytes.size());
  if (target.empty())
    return base::fail(ErrorCode::kInvalidArgument, "{} bytes at {:#010x} are not in one memory",
                      bytes.size(), address);
  std::ranges::copy(bytes, target.begin());
  const auto size = static_cast<uint32_t>(bytes.size());
  cpu_->forget_code(address, size);
  if (!memory_.find(address)->is_ram()) clock_.code_changed(address, size);
  return {};
}

WatchId Machine::State::watch_function(uint32_t address) {
  if (const auto known = watch_.find(address)) return *known;
  clock_.attend(address, kAttentionWatched);
  return watch_.add(address);
}

base::Result<> Machine::State::add_breakpoint(uint32_t address) {
  if (memory_.bytes(address, 2).empty())
    return base::fail(ErrorCode::kInvalidArgument, "no code at {:#010x}", address);
  if (std::ranges::find(breakpoints_, address) != breakpoints_.end()) return {};
  breakpoints_.push_back(address);
  return cpu_->add_stop_address(address);
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
  THIMBLE_ASSIGN(const CpuModel model, cpu_model(core.name));
  THIMBLE_ASSIGN(MemoryMap memory, MemoryMap::create(board));
  THIMBLE_ASSIGN(FlashTiming flash, FlashTiming::create(board.flash(), board.flash_cache));
  auto state = std::make_unique<State>(board, core, std::move(elf), std::move(memory),
                                       std::move(flash), std::move(pipeline));
  THIMBLE_TRY(state->load(board));
  THIMBLE_TRY(state->connect(model));
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
  return state_->clock().cycles();
}
uint64_t Machine::instructions() const {
  return state_->clock().instructions();
}
uint32_t Machine::register_value(int index) const {
  return state_->register_value(index);
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
