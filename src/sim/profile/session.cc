#include "sim/profile/session.h"

#include <algorithm>

#include "base/nearest_name.h"

namespace thimble::sim {
namespace {

using base::ErrorCode;

// Text and progress are passed on after so many cycles; about a tenth of a second of real time.
constexpr uint64_t kSliceCycles = 10'000'000;
// What the stack may hold below the lowest stack pointer seen at the end of a block.
constexpr uint32_t kUnseenStackBytes = 512;

// Everything that is to be known of a run.
class Recorder final : public ExecutionObserver {
 public:
  Recorder(Profiler* profiler, const std::optional<StackArea>& stack, PowerTrace& power)
      : profiler_(profiler),
        power_(power),
        low_(stack ? stack->low : 0),
        lowest_(stack ? stack->high : 0) {}

  void on_block(const ExecutedBlock& block) override {
    if (block.stack_pointer < lowest_ && block.stack_pointer >= low_) lowest_ = block.stack_pointer;
    if (profiler_) profiler_->on_block(block);
  }
  void on_exception_entry(uint32_t number, uint64_t cycles) override {
    if (profiler_) profiler_->on_exception_entry(number, cycles);
  }
  void on_exception_return(uint64_t cycles) override {
    if (profiler_) profiler_->on_exception_return(cycles);
  }
  void on_sleep(uint64_t from_cycles, uint64_t to_cycles) override {
    power_.sleeps.push_back({from_cycles, to_cycles});
  }
  void on_pin(const PinEdge& edge) override { power_.pins.push_back(edge); }

  // The lowest stack pointer within its area: without a limit from the linker script, what lies far
  // below it is somebody else's (the heap's).
  uint32_t lowest_stack_pointer() const { return lowest_; }

 private:
  Profiler* profiler_;
  PowerTrace& power_;
  uint32_t low_;
  uint32_t lowest_;
};

struct Places {
  std::optional<uint32_t> from, to;
};

base::Result<Places> set_breakpoints(Machine& machine, const SessionOptions& options) {
  Places places;
  if (options.from.empty() && options.to.empty()) return places;
  if (options.from.empty() || options.to.empty())
    return base::fail(ErrorCode::kInvalidArgument, "--from and --to go together");
  THIMBLE_ASSIGN(const Symbol* from, find_function(machine.elf(), options.from));
  THIMBLE_ASSIGN(const Symbol* to, find_function(machine.elf(), options.to));
  places = {from->address & ~1u, to->address & ~1u};
  THIMBLE_TRY(machine.add_breakpoint(*places.from));
  THIMBLE_TRY(machine.add_breakpoint(*places.to));
  return places;
}

base::Result<uint32_t> initial_stack_pointer(const Machine& machine, const board::Board& board) {
  uint32_t value = 0;
  THIMBLE_TRY(
      machine.read_memory(board.flash().base, std::as_writable_bytes(std::span(&value, 1))));
  return value & ~3u;
}

}  // namespace

base::Result<const Symbol*> find_function(const Elf& elf, std::string_view name) {
  if (const Symbol* symbol = elf.find_symbol(name)) return symbol;
  std::vector<std::string> names;
  for (const Symbol& symbol : elf.symbols()) {
    if (symbol.kind == SymbolKind::kObject) continue;
    std::string readable = demangle(symbol.name);
    const size_t parameters = readable.find('(');
    if (readable == name || std::string_view(readable).substr(0, parameters) == name)
      return &symbol;
    names.push_back(std::move(readable));
  }
  const std::string nearest = base::nearest_name(name, names);
  std::string hint = nearest.empty() ? "arm-none-eabi-nm lists the names; a stripped file has none"
                                     : fmt::format("did you mean '{}'?", nearest);
  return base::fail(
      base::Error(ErrorCode::kNotFound, fmt::format("the program has no symbol {}", name), hint));
}

base::Result<SessionResult> run_session(Machine& machine, const board::Board& board,
                                        const SessionOptions& options) {
  SessionResult result;
  THIMBLE_ASSIGN(const Places places, set_breakpoints(machine, options));
  result.footprint = footprint(machine.elf(), board);
  THIMBLE_ASSIGN(const uint32_t initial_sp, initial_stack_pointer(machine, board));
  if (auto stack = find_stack(machine.elf(), board, initial_sp)) result.stack = *stack;

  Profiler profiler(machine.elf(), machine.cycles());
  result.power = {board.power, board.clock_hz, 0, {}, {}};
  Recorder recorder(options.profile ? &profiler : nullptr, result.stack, result.power);
  machine.set_observer(&recorder);
  PassCounter passes;
  size_t written = 0;
  for (;;) {
    const uint64_t left = options.max_cycles - std::min(options.max_cycles, machine.cycles());
    result.stop = machine.run({.max_cycles = std::min(left, kSliceCycles)});
    if (options.on_output && machine.output().size() > written)
      options.on_output(std::string_view(machine.output()).substr(written));
    written = machine.output().size();
    if (options.on_progress) options.on_progress(machine.cycles());
    if (result.stop.kind == StopKind::kBreakpoint) {
      if (result.stop.address() == places.to) passes.end(machine.cycles());
      if (result.stop.address() == places.from) passes.start(machine.cycles());
      continue;
    }
    if (result.stop.kind != StopKind::kCycleLimit || machine.cycles() >= options.max_cycles) break;
  }
  machine.set_observer(nullptr);

  result.cycles = machine.cycles();
  result.power.end_cycles = result.cycles;
  result.instructions = machine.instructions();
  result.passes = passes.statistics();
  if (options.profile) result.profile = profiler.finish(result.cycles);
  if (result.stack) {
    const StackArea& area = *result.stack;
    const bool may_hold_heap =
        !area.set_aside && recorder.lowest_stack_pointer() - area.low > kUnseenStackBytes;
    const uint32_t low =
        may_hold_heap ? recorder.lowest_stack_pointer() - kUnseenStackBytes : area.low;
    THIMBLE_ASSIGN(result.stack_bytes, machine.high_water_bytes(low, area.high));
  }
  return result;
}

}  // namespace thimble::sim
