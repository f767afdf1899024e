// A Cortex-M processor that executes Thumb code: the only door to the emulator library.
//
// The interface knows instructions and memory, not time. It calls a CpuListener at every basic
// block and at the accesses that the listener asked for; the listener may stop the processor
// between two blocks. Emulated memory belongs to the caller and must outlive the Cpu.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "sim/cpu/state.h"

namespace thimble::sim {

enum class CpuModel { kCortexM0, kCortexM3, kCortexM4, kCortexM7, kCortexM33 };

// For the names of cores/*.toml. Errors: kUnsupported.
base::Result<CpuModel> cpu_model(std::string_view core_name);

using Registers = std::array<uint32_t, 16>;  // r0 to r12, sp, lr, pc

class CpuListener {
 public:
  // A block of `size` bytes is about to run. False stops the processor before it.
  virtual bool on_block(uint32_t address, uint32_t size) = 0;
  // A load from the range given to Cpu::watch_reads.
  virtual void on_read(uint32_t address, uint32_t bytes) = 0;
  // Loads and stores in device memory.
  virtual uint32_t on_device_read(uint32_t address, uint32_t bytes) = 0;
  virtual void on_device_write(uint32_t address, uint32_t bytes, uint32_t value) = 0;

 protected:
  ~CpuListener() = default;
};

enum class Access { kReadExecute, kReadWriteExecute };

enum class CpuStop {
  kListener,      // on_block said so
  kStopAddress,   // before the instruction at a stop address
  kBreak,         // BKPT; pc is at it
  kSleep,         // WFI or WFE; pc is past it
  kUndefined,     // undefined instruction; pc is at it
  kBadRead,       // nothing is mapped at `address`
  kBadWrite,      // "
  kBadFetch,      // ", or it may not be executed; pc is that address
  kReadOnly,      // a store to kReadExecute memory
  kUnaligned,     // an access that must be aligned is not; pc is at the instruction
  kInvalidState,  // a branch to an even address, which would leave Thumb state; pc is its target
  kException,     // SVC, or anything else that needs an exception handler; pc is past it
};

struct CpuEvent {
  CpuStop stop = CpuStop::kListener;
  uint32_t pc = 0;       // exact where the list above says so; otherwise the block's start
  uint32_t address = 0;  // of the bad access
};

class Cpu {
 public:
  // `listener` must outlive the Cpu. Errors: kToolFailed (the library refuses).
  static base::Result<std::unique_ptr<Cpu>> create(CpuModel model, CpuListener& listener);
  virtual ~Cpu() = default;

  // Bases and sizes are multiples of 1 KiB.
  virtual base::Result<> map_memory(uint32_t base, std::span<std::byte> bytes, Access access) = 0;
  virtual base::Result<> map_device(uint32_t base, uint32_t size_bytes) = 0;
  virtual base::Result<> watch_reads(uint32_t base, uint32_t size_bytes) = 0;
  virtual base::Result<> add_stop_address(uint32_t address) = 0;

  // After the owner changed bytes of mapped memory that may have been executed.
  virtual void forget_code(uint32_t base, uint32_t size_bytes) = 0;

  virtual uint32_t read_register(int index) const = 0;  // 0 to 15; see CpuEvent for the pc
  virtual void write_register(int index, uint32_t value) = 0;
  Registers read_registers() const;

  // Runs from `pc` until something of CpuStop happens. A stop address at `pc` itself does not stop.
  virtual CpuEvent run(uint32_t pc) = 0;
};

}  // namespace thimble::sim
