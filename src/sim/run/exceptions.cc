#include "sim/run/exceptions.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace thimble::sim {
namespace {

constexpr uint32_t kBasicWords = 8;
constexpr uint32_t kExtendedWords = 26;
constexpr uint32_t kFloatFrameOffset = 8;  // S0 in an extended frame
constexpr uint32_t kStackedFloats = 16;

// EXC_RETURN. In Armv7-M bits 31 to 5 and 0 are ones; in Armv8-M bits 6, 5 and 0 tell of security.
constexpr uint32_t kReturnPrefix = 0xFF000000;
constexpr uint32_t kReturnBase = 0xFFFFFFE1;
constexpr uint32_t kReturnBaseNonSecure = 0xFFFFFFA0;
constexpr uint32_t kReturnBasicFrame = 1u << 4;
constexpr uint32_t kReturnThread = 1u << 3;
constexpr uint32_t kReturnProcessStack = 1u << 2;
constexpr uint32_t kReturnMustBeOnesArmv7 = 0xFFFFFFE1;
constexpr uint32_t kReturnMustBeOnesArmv8 = 0xFFFFFF80;
constexpr uint32_t kReturnMustBeZero = 1u << 1;

constexpr uint32_t kStackedAlignment = 1u << 9;  // of the stacked xPSR
constexpr uint32_t kTState = 1u << 24;
constexpr uint32_t kExceptionNumber = 0x1FF;

struct Frame {
  std::array<uint32_t, kExtendedWords> words{};
  uint32_t count = kBasicWords;

  uint32_t size_bytes() const { return count * 4; }
};

ExceptionOutcome failure(ExceptionError error, uint32_t address) {
  ExceptionOutcome outcome;
  outcome.error = error;
  outcome.address = address;
  return outcome;
}

std::optional<uint32_t> read_word(const MemoryMap& memory, uint32_t address) {
  const auto bytes = memory.bytes(address, 4);
  if (bytes.empty()) return std::nullopt;
  uint32_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

bool uses_process_stack(const CpuState& cpu) {
  return cpu.ipsr == 0 && (cpu.control & kControlProcessStack);
}

void swap_stacks(CpuState& cpu) {
  std::swap(cpu.r[kSp], cpu.inactive_sp);
}

uint32_t exc_return_for(const CpuState& cpu, const Devices& devices, bool extended) {
  const bool non_secure = devices.system().is_armv8() && !devices.starts_secure();
  uint32_t value = non_secure ? kReturnBaseNonSecure : kReturnBase;
  if (!extended) value |= kReturnBasicFrame;
  if (cpu.ipsr == 0) value |= kReturnThread;
  if (uses_process_stack(cpu)) value |= kReturnProcessStack;
  return value;
}

Frame make_frame(const CpuState& cpu, bool extended, bool realigned) {
  Frame frame;
  uint32_t xpsr = cpu.xpsr() & ~kStackedAlignment;
  if (realigned) xpsr |= kStackedAlignment;
  const uint32_t basic[kBasicWords] = {cpu.r[0],  cpu.r[1],   cpu.r[2],   cpu.r[3],
                                       cpu.r[12], cpu.r[kLr], cpu.r[kPc], xpsr};
  std::ranges::copy(basic, frame.words.begin());
  if (!extended) return frame;
  frame.count = kExtendedWords;
  std::copy_n(cpu.s.begin(), kStackedFloats, frame.words.begin() + kFloatFrameOffset);
  frame.words[kFloatFrameOffset + kStackedFloats] = cpu.fpscr;
  return frame;
}

// The part of entry that a tail-chained exception has too: mode, vector, bookkeeping.
void start_handler(CpuState& cpu, Devices& devices, uint32_t number, uint32_t vector,
                   uint32_t exc_return) {
  cpu.r[kLr] = exc_return;
  cpu.r[kPc] = vector & ~1u;
  cpu.ipsr = number;
  cpu.it = 0;
  cpu.control &= ~(kControlFloat | kControlProcessStack);
  cpu.exclusive = false;
  devices.nvic().activate(number);
  devices.system().set_current(number);
  devices.set_event();
}

bool is_valid_return(uint32_t exc_return, const CpuState& cpu, const Devices& devices) {
  const uint32_t ones =
      devices.system().is_armv8() ? kReturnMustBeOnesArmv8 : kReturnMustBeOnesArmv7;
  if ((exc_return & ones) != ones || (exc_return & kReturnMustBeZero)) return false;
  const bool to_thread = exc_return & kReturnThread;
  if (!to_thread && (exc_return & kReturnProcessStack)) return false;
  if (!(exc_return & kReturnBasicFrame) && !devices.fpu_enabled()) return false;
  const Nvic& nvic = devices.nvic();
  if (!nvic.active(cpu.ipsr)) return false;
  // Handlers return to handlers as long as others are active, and the last one to thread mode.
  return to_thread == (nvic.active_count() == 1);
}

uint32_t leave_cycles(const CpuState& cpu, const Devices& devices, bool extended,
                      const ExceptionTiming& timing) {
  if (!extended) return timing.exit;
  if (!devices.system().lazy_float_state()) return timing.exit + timing.float_entry;
  const bool handler_used_unit = cpu.control & kControlFloat;
  return timing.exit + (handler_used_unit ? 2 * timing.float_entry : 0);
}

void restore_registers(CpuState& cpu, const Frame& frame) {
  std::copy_n(frame.words.begin(), 4, cpu.r.begin());
  cpu.r[12] = frame.words[4];
  cpu.r[kLr] = frame.words[5];
  cpu.r[kPc] = frame.words[6] & ~1u;
  cpu.set_xpsr(frame.words[7]);
  if (frame.count != kExtendedWords) return;
  std::copy_n(frame.words.begin() + kFloatFrameOffset, kStackedFloats, cpu.s.begin());
  cpu.fpscr = frame.words[kFloatFrameOffset + kStackedFloats];
}

}  // namespace

std::optional<uint32_t> escalate(uint32_t number, const CpuState& cpu, Devices& devices) {
  const Nvic& nvic = devices.nvic();
  const int now = nvic.execution_priority(cpu);
  if (nvic.enabled(number) && nvic.group_priority(number) < now) return number;
  if (nvic.group_priority(kHardFault) >= now) return std::nullopt;
  devices.system().set_hard_fault_forced();
  return kHardFault;
}

ExceptionOutcome enter_exception(CpuState& cpu, const MemoryMap& memory, Devices& devices,
                                 uint32_t number, const ExceptionTiming& timing) {
  const SystemControl& system = devices.system();
  const uint32_t entry = system.vector_table() + 4 * number;
  const auto vector = read_word(memory, entry);
  if (!vector) return failure(ExceptionError::kVector, entry);

  const bool extended = (cpu.control & kControlFloat) && devices.fpu_enabled();
  const uint32_t size_bytes = (extended ? kExtendedWords : kBasicWords) * 4;
  const bool align = extended || system.aligned_stack();
  const bool realigned = align && (cpu.r[kSp] & 4);
  const uint32_t base = (cpu.r[kSp] - size_bytes) & (align ? ~7u : ~3u);
  const MemoryMap::Region* region = memory.find(base);
  const auto stack = memory.bytes(base, size_bytes);
  if (stack.empty() || !region->is_ram()) return failure(ExceptionError::kStacking, base);

  const Frame frame = make_frame(cpu, extended, realigned);
  std::memcpy(stack.data(), frame.words.data(), frame.size_bytes());
  const uint32_t exc_return = exc_return_for(cpu, devices, extended);
  cpu.r[kSp] = base;
  if (uses_process_stack(cpu)) swap_stacks(cpu);
  if (extended) {
    devices.system().set_float_frame(base + kFloatFrameOffset * 4);
    cpu.fpscr = system.default_float_status();
  }
  start_handler(cpu, devices, number, *vector, exc_return);

  ExceptionOutcome outcome;
  outcome.cycles = timing.entry;
  if (extended && !system.lazy_float_state()) outcome.cycles += timing.float_entry;
  return outcome;
}

ExceptionOutcome leave_exception(CpuState& cpu, const MemoryMap& memory, Devices& devices,
                                 uint32_t exc_return, const ExceptionTiming& timing) {
  if (!is_valid_return(exc_return, cpu, devices))
    return failure(ExceptionError::kInvalidReturn, exc_return);
  const bool extended = !(exc_return & kReturnBasicFrame);
  const bool to_thread = exc_return & kReturnThread;
  const bool to_process_stack = exc_return & kReturnProcessStack;
  Nvic& nvic = devices.nvic();

  // All that can fail comes first.
  const uint32_t base = to_process_stack ? cpu.inactive_sp : cpu.r[kSp];
  Frame frame;
  if (extended) frame.count = kExtendedWords;
  const auto stack = memory.bytes(base, frame.size_bytes());
  if (stack.empty()) return failure(ExceptionError::kUnstacking, base);
  std::memcpy(frame.words.data(), stack.data(), frame.size_bytes());
  const uint32_t xpsr = frame.words[7];
  if (!(xpsr & kTState) || ((xpsr & kExceptionNumber) == 0) != to_thread)
    return failure(ExceptionError::kInvalidReturn, exc_return);

  const uint32_t finished = cpu.ipsr;
  // FAULTMASK ends with the handler, unless that is the NMI's.
  if (finished != kNmi) cpu.faultmask = 0;
  nvic.deactivate(finished);
  devices.set_event();

  ExceptionOutcome outcome;
  if (const auto next = nvic.take(cpu)) {
    const uint32_t entry = devices.system().vector_table() + 4 * *next;
    const auto vector = read_word(memory, entry);
    if (!vector) return failure(ExceptionError::kVector, entry);
    start_handler(cpu, devices, *next, *vector, exc_return);
    outcome.cycles = timing.tail_chain;
    outcome.tail_chained = next;
    return outcome;
  }

  outcome.cycles = leave_cycles(cpu, devices, extended, timing);
  if (to_process_stack) swap_stacks(cpu);
  cpu.control &= ~(kControlFloat | kControlProcessStack);
  if (to_process_stack) cpu.control |= kControlProcessStack;
  if (extended) cpu.control |= kControlFloat;
  restore_registers(cpu, frame);
  cpu.r[kSp] = base + frame.size_bytes() + (xpsr & kStackedAlignment ? 4 : 0);
  cpu.exclusive = false;
  devices.system().set_current(cpu.ipsr);
  outcome.sleeps = to_thread && devices.system().sleep_on_exit();
  return outcome;
}

}  // namespace thimble::sim
