#include "sim/machine.h"

#include <algorithm>

#include "base/check.h"
#include "sim/cpu/instruction_set.h"
#include "sim/machine_state.h"
#include "sim/run/thumb.h"

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
