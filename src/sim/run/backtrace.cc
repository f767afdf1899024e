#include "sim/run/backtrace.h"

#include <cstring>
#include <optional>

#include "sim/elf/call_frames.h"
#include "sim/run/thumb.h"

namespace thimble::sim {
namespace {

constexpr size_t kMaxCallers = 32;
constexpr size_t kMaxGuesses = 8;
constexpr uint32_t kMaxScannedBytes = 2048;

// The words that exception entry stores (Armv7-M ARM, B1.5.6): r0 to r3, r12, lr, pc, xpsr, and for
// a floating-point context 18 more.
constexpr uint32_t kBasicFrameBytes = 8 * 4;
constexpr uint32_t kFloatFrameBytes = 26 * 4;
constexpr uint32_t kStackWasAligned = 1u << 9;  // in the stored xpsr
constexpr uint32_t kExceptionReturn = 0xFFFFFF00;
constexpr uint32_t kReturnToProcessStack = 1u << 2;
constexpr uint32_t kReturnBasicFrame = 1u << 4;

bool is_exception_return(uint32_t address) {
  return address >= kExceptionReturn && address != UINT32_MAX;
}

class Unwinder {
 public:
  Unwinder(const Elf& elf, const MemoryMap& memory, const Registers& registers)
      : elf_(elf), memory_(memory), registers_(registers), pc_(registers[kPc] & ~kThumbBit) {}

  std::vector<Caller> run() {
    const bool complete = unwind();
    if (!complete) guess();
    return std::move(callers_);
  }

 private:
  std::optional<uint32_t> word(uint32_t address) const {
    const auto bytes = memory_.bytes(address, sizeof(uint32_t));
    if (bytes.empty()) return std::nullopt;
    uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }

  bool follows_call(uint32_t return_address) const {
    constexpr uint32_t kCallBytes = 4;
    return ends_with_call(memory_.bytes(return_address - kCallBytes, kCallBytes));
  }

  // The function that reset enters: nobody called it.
  bool at_first_function() const {
    const Symbol* here = elf_.function_at(pc_);
    return here && here == elf_.function_at(elf_.entry() & ~kThumbBit);
  }

  // True: every caller is known.
  bool unwind() {
    bool innermost = true;  // or interrupted: its return address may still be in the link register
    while (callers_.size() < kMaxCallers) {
      if (at_first_function()) return true;
      const uint32_t sp = registers_[kSp];
      const auto caller = elf_.call_frames().caller(
          pc_, registers_, [this](uint32_t address) { return word(address); });
      if (caller) {
        registers_ = *caller;
      } else if (innermost) {
        // A jump into nowhere, or assembly that has not stored its return address yet.
        registers_[kPc] = registers_[kLr];
      } else {
        return false;
      }
      if (registers_[kSp] < sp) return false;  // stacks only get shorter
      if (is_exception_return(registers_[kPc])) {
        if (!leave_exception()) return false;
        add(pc_, false);
        innermost = true;
        continue;
      }
      const uint32_t return_address = registers_[kPc] & ~kThumbBit;
      if (!(registers_[kPc] & kThumbBit) || !follows_call(return_address)) return false;
      pc_ = return_address - 2;
      if (!add(pc_, false)) return false;
      innermost = false;
    }
    return true;
  }

  // From a handler back into what it interrupted.
  bool leave_exception() {
    const uint32_t exc_return = registers_[kPc];
    if (exc_return & kReturnToProcessStack) return false;  // that stack's pointer is not known here
    const uint32_t frame = registers_[kSp];
    for (uint32_t i = 0; i < 4; ++i) {
      const auto value = word(frame + 4 * i);
      if (!value) return false;
      registers_[i] = *value;
    }
    const auto r12 = word(frame + 16), lr = word(frame + 20), pc = word(frame + 24),
               xpsr = word(frame + 28);
    if (!r12 || !lr || !pc || !xpsr) return false;
    registers_[12] = *r12;
    registers_[kLr] = *lr;
    registers_[kSp] =
        frame + (exc_return & kReturnBasicFrame ? kBasicFrameBytes : kFloatFrameBytes);
    if (*xpsr & kStackWasAligned) registers_[kSp] += 4;
    pc_ = *pc;
    registers_[kPc] = pc_;
    return true;
  }

  bool add(uint32_t address, bool guessed) {
    Caller caller{locate(elf_, address), guessed};
    if (caller.function.empty()) return false;
    callers_.push_back(std::move(caller));
    return true;
  }

  // Return addresses in the link register and on the stack.
  void guess() {
    const size_t most = std::min(callers_.size() + kMaxGuesses, kMaxCallers);
    auto consider = [&](uint32_t value) {
      const uint32_t return_address = value & ~kThumbBit;
      if (!(value & kThumbBit) || !follows_call(return_address)) return;
      // The call itself, not what follows it, is the line to show.
      const uint32_t call = return_address - 2;
      if (callers_.empty() || callers_.back().address != call) add(call, true);
    };
    if (callers_.empty()) consider(registers_[kLr]);
    const uint32_t sp = registers_[kSp] & ~3u;
    for (uint32_t offset = 0; offset < kMaxScannedBytes && callers_.size() < most; offset += 4)
      if (const auto value = word(sp + offset)) consider(*value);  // an overflowed stack is not RAM
  }

  const Elf& elf_;
  const MemoryMap& memory_;
  Registers registers_;  // of the frame that pc_ is in
  uint32_t pc_;
  std::vector<Caller> callers_;
};

}  // namespace

std::vector<Caller> find_callers(const Elf& elf, const MemoryMap& memory,
                                 const Registers& registers) {
  return Unwinder(elf, memory, registers).run();
}

}  // namespace thimble::sim
