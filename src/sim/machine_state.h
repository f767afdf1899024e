// Inside a Machine: its parts, and the loop that lets them take turns.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sim/machine.h"
#include "sim/run/exceptions.h"
#include "sim/run/memory_settings.h"
#include "sim/run/processor.h"
#include "sim/run/semihosting.h"
#include "sim/soc/devices.h"
#include "sim/soc/memory_map.h"
#include "sim/soc/memory_timing.h"

namespace thimble::sim {

// The index of the board's code memory.
inline size_t code_memory(const board::Board& board) {
  return static_cast<size_t>(&board.flash() - board.memories.data());
}

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

}  // namespace thimble::sim
