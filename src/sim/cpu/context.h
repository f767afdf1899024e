// What the executor's handlers work on, and how they reach memory.
//
// A decoded instruction is an Operation: a handler and its operands. A handler executes it and
// returns the operation that follows, or nullptr when the block is left; then the program counter
// in the state says where to. Handlers are the simulator's innermost loop: all that they need of
// the outside lies in one Context, and a load or store that hits a known memory stays inline.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "sim/cpu/state.h"
#include "sim/soc/memory_timing.h"
#include "sim/timing/timing.h"

namespace thimble::sim {

struct Context;
struct Operation;
using Handler = const Operation* (*)(Context&, const Operation*);

struct Operation {
  Handler run = nullptr;
  uint32_t imm = 0;  // constant, offset, register list, or target of a branch
  uint8_t d = 0;     // registers, in the order of the manual's syntax; of the floating-point
  uint8_t n = 0;     // unit: numbers of the first single-precision word
  uint8_t m = 0;
  uint8_t a = 0;        // a fourth register, or the amount of a shift
  uint16_t offset = 0;  // bytes from the start of its block
  uint8_t bytes = 2;
  bool is_float = false;    // needs the floating-point unit
  bool in_if_then = false;  // of an instruction that an IT instruction covers
};

// Why a block was left other than by reaching its end or a branch.
enum class Exit : uint8_t {
  kNone,
  kAttend,          // a device wants to be looked at; the program counter is the next instruction's
  kSleep,           // WFI, past it
  kWaitEvent,       // WFE, past it
  kSupervisorCall,  // SVC, past it
  kExceptionReturn,  // a branch to the EXC_RETURN value `exit_address`
  kBreak,            // BKPT; the program counter is at it, as for all that follow
  kUndefined,
  kBadRead,       // nothing is mapped at exit_address
  kBadWrite,      // "
  kReadOnly,      // a store to code memory
  kUnaligned,     // an access to exit_address that must be aligned
  kInvalidState,  // a branch to the even exit_address, which would leave Thumb state
};

// What lies behind the addresses that are not memory.
class Bus {
 public:
  // `pc`: of the accessing instruction. False: nothing is mapped there.
  virtual bool device_read(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t& value) = 0;
  virtual bool device_write(uint32_t pc, uint32_t address, uint32_t bytes, uint32_t value) = 0;

 protected:
  ~Bus() = default;
};

// What a core can execute and what that costs beyond its pipeline.
struct InstructionSet {
  bool thumb2 = true;     // Armv7-M and later; otherwise the 16-bit instructions of Armv6-M
  bool dsp = true;        // SIMD in core registers, saturating and 16-bit multiplications
  bool floats = true;     // single precision
  bool float_v5 = false;  // VSEL, VMAXNM, VRINT, directed VCVT
  bool doubles = false;   // double precision
  bool armv8 = false;     // load-acquire and store-release, stack limits
  bool unaligned = true;  // single loads and stores may be unaligned
};

// A memory as the executor sees it: the bytes belong to the MemoryMap.
struct MappedMemory {
  uint32_t base = 0;
  uint32_t size_bytes = 0;
  std::byte* bytes = nullptr;
  bool writable = false;
  bool reads_cost = false;
  bool writes_cost = false;
  uint32_t index = 0;  // in the board's list

  bool holds(uint32_t address, uint32_t count) const {
    return address - base < size_bytes && size_bytes - (address - base) >= count;
  }
};

struct Context {
  CpuState state;
  uint64_t cycles = 0;         // up to the start of the current block, plus the stalls within it
  uint32_t block_address = 0;  // of the block that is being executed
  Exit exit = Exit::kNone;
  uint32_t exit_address = 0;
  // A device or a mask of interrupts was written: whoever runs the code should look at them.
  bool attend = false;
  bool event = false;             // the event register of WFE and SEV
  uint32_t priority_mask = 0xFF;  // the bits of BASEPRI that the part has
  MemoryTiming* timing = nullptr;
  OperandTiming operand_timing;
  Bus* bus = nullptr;
  InstructionSet features;
  std::span<const MappedMemory> memories;

  // The memory that was used last in each 64 MiB of the address space. A limit leaves room for a
  // word, so that one comparison serves every access of up to four bytes.
  struct Window {
    std::byte* bytes = nullptr;
    uint32_t base = 0;
    uint32_t read_limit = 0;
    uint32_t write_limit = 0;
    uint32_t memory = 0;
    bool reads_cost = false;
    bool writes_cost = false;
  };
  static constexpr int kWindowShift = 26;
  std::array<Window, 1u << (32 - kWindowShift)> windows{};

  uint32_t pc_of(const Operation* op) const { return block_address + op->offset; }

  // Leaves the block at an operation that cannot be executed here.
  const Operation* leave(const Operation* op, Exit why, uint32_t address = 0) {
    exit = why;
    exit_address = address;
    state.r[kPc] = pc_of(op);
    return nullptr;
  }

  // False: the access failed, and `exit` says how. Nothing has been changed then.
  template <typename T>
  bool load(const Operation* op, uint32_t address, T& value) {
    const Window& window = windows[address >> kWindowShift];
    const uint32_t at = address - window.base;
    if (at < window.read_limit && at % sizeof(T) == 0) [[likely]] {
      if (window.reads_cost) cycles += timing->read(window.memory, address, sizeof(T));
      std::memcpy(&value, window.bytes + at, sizeof(T));
      return true;
    }
    uint32_t word = 0;
    if (!load_elsewhere(op, address, sizeof(T), word)) return false;
    value = static_cast<T>(word);
    return true;
  }

  template <typename T>
  bool store(const Operation* op, uint32_t address, T value) {
    const Window& window = windows[address >> kWindowShift];
    const uint32_t at = address - window.base;
    if (at < window.write_limit && at % sizeof(T) == 0) [[likely]] {
      if (window.writes_cost) cycles += timing->write(window.memory, address, sizeof(T));
      std::memcpy(window.bytes + at, &value, sizeof(T));
      return true;
    }
    return store_elsewhere(op, address, sizeof(T), value);
  }

  // What follows a store that succeeded: the next operation, unless a device was written. An IT
  // block is not left in its middle.
  const Operation* after_store(const Operation* op) {
    if (!attend || op->in_if_then) [[likely]]
      return op + 1;
    exit = Exit::kAttend;
    state.r[kPc] = pc_of(op) + op->bytes;
    return nullptr;
  }

  // For instructions that fault on unaligned addresses. True: it is aligned.
  bool require_aligned(const Operation* op, uint32_t address, uint32_t bytes) {
    if (address % bytes == 0) [[likely]]
      return true;
    leave(op, Exit::kUnaligned, address);
    return false;
  }

  // Jumps to an address that an instruction computed: bit 0 is the Thumb state. From a handler, an
  // EXC_RETURN value ends the exception.
  const Operation* jump(const Operation* op, uint32_t target) {
    // First, because bit 0 of an EXC_RETURN value is clear in Non-secure state of Armv8-M.
    if (target >= kFirstExceptionReturn && state.ipsr != 0) [[unlikely]]
      return leave(op, Exit::kExceptionReturn, target);
    if ((target & 1) == 0) return leave(op, Exit::kInvalidState, target);
    state.r[kPc] = target & ~1u;
    return nullptr;
  }

 private:
  static constexpr uint32_t kFirstExceptionReturn = 0xFF000000;

  bool load_elsewhere(const Operation* op, uint32_t address, uint32_t bytes, uint32_t& value);
  bool store_elsewhere(const Operation* op, uint32_t address, uint32_t bytes, uint32_t value);
  const MappedMemory* find_memory(uint32_t address, uint32_t bytes);
};

}  // namespace thimble::sim
