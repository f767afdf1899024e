// Cpu on top of Unicorn 2.0.1. What it does differently from a Cortex-M, and what we do about it,
// is listed in docs/simulator.md.
#include <unicorn/unicorn.h>

#include <optional>

#include "base/check.h"
#include "sim/cpu/cpu.h"

namespace thimble::sim {
namespace {

using base::ErrorCode;

constexpr uint64_t kNever = 0xFFFFFFFE;  // an `until` address that is never executed
constexpr uint32_t kThumbState = 1u << 5;
constexpr uint16_t kWaitForEvent = 0xBF20;

// Numbers that the library's interrupt hook reports.
enum InterruptNumber : uint32_t { kPrefetchAbort = 3, kDataAbort = 4, kBreakInstruction = 7 };

int unicorn_model(CpuModel model) {
  switch (model) {
    case CpuModel::kCortexM0:
      return UC_CPU_ARM_CORTEX_M0;
    case CpuModel::kCortexM3:
      return UC_CPU_ARM_CORTEX_M3;
    case CpuModel::kCortexM4:
      return UC_CPU_ARM_CORTEX_M4;
    case CpuModel::kCortexM7:
      return UC_CPU_ARM_CORTEX_M7;
    case CpuModel::kCortexM33:
      return UC_CPU_ARM_CORTEX_M33;
  }
  CHECK(false, "processor model {}", static_cast<int>(model));
}

int unicorn_register(int index) {
  CHECK(index >= 0 && index <= kPc, "register {}", index);
  if (index == kSp) return UC_ARM_REG_SP;
  if (index == kLr) return UC_ARM_REG_LR;
  if (index == kPc) return UC_ARM_REG_PC;
  return UC_ARM_REG_R0 + index;
}

base::Result<> checked(uc_err error, const char* what) {
  if (error == UC_ERR_OK) return {};
  return base::fail(ErrorCode::kToolFailed, "the processor emulator cannot {}: {}", what,
                    uc_strerror(error));
}

class UnicornCpu final : public Cpu {
 public:
  explicit UnicornCpu(CpuListener& listener) : listener_(listener) {}
  ~UnicornCpu() override {
    if (engine_) uc_close(engine_);
  }

  base::Result<> open(CpuModel model) {
    // Not UC_MODE_MCLASS: it would replace the model chosen below by an M33.
    THIMBLE_TRY(checked(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &engine_), "start"));
    THIMBLE_TRY(checked(uc_ctl_set_cpu_model(engine_, unicorn_model(model)), "select the core"));
    THIMBLE_TRY(add_hook(UC_HOOK_BLOCK, reinterpret_cast<void*>(&block_hook)));
    THIMBLE_TRY(add_hook(UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(&bad_access_hook)));
    return add_hook(UC_HOOK_INTR, reinterpret_cast<void*>(&interrupt_hook));
  }

  base::Result<> map_memory(uint32_t base, std::span<std::byte> bytes, Access access) override {
    const uint32_t protection =
        access == Access::kReadExecute ? UC_PROT_READ | UC_PROT_EXEC : UC_PROT_ALL;
    return checked(uc_mem_map_ptr(engine_, base, bytes.size(), protection, bytes.data()),
                   "map memory");
  }

  base::Result<> map_device(uint32_t base, uint32_t size_bytes) override {
    devices_.push_back(std::make_unique<Device>(Device{&listener_, base}));
    Device* device = devices_.back().get();
    return checked(uc_mmio_map(engine_, base, size_bytes, &device_read_hook, device,
                               &device_write_hook, device),
                   "map device memory");
  }

  base::Result<> watch_reads(uint32_t base, uint32_t size_bytes) override {
    return add_hook(UC_HOOK_MEM_READ, reinterpret_cast<void*>(&read_hook), base,
                    uint64_t{base} + size_bytes - 1);
  }

  base::Result<> add_stop_address(uint32_t address) override {
    // A hook is compiled into the code around it, so code translated earlier has to go.
    THIMBLE_TRY(
        add_hook(UC_HOOK_CODE, reinterpret_cast<void*>(&stop_address_hook), address, address));
    forget_code(address, 2);
    return {};
  }

  void forget_code(uint32_t base, uint32_t size_bytes) override {
    uc_ctl_remove_cache(engine_, uint64_t{base}, uint64_t{base} + size_bytes);
  }

  uint32_t read_register(int index) const override {
    uint32_t value = 0;
    uc_reg_read(engine_, unicorn_register(index), &value);
    return value;
  }

  void write_register(int index, uint32_t value) override {
    uc_reg_write(engine_, unicorn_register(index), &value);
  }

  CpuEvent run(uint32_t pc) override {
    event_.reset();
    stop_requested_ = false;
    ignored_stop_address_ = pc;
    const uc_err error = uc_emu_start(engine_, pc | 1, kNever, 0, 0);
    CpuEvent event = event_.value_or(CpuEvent{});
    event.pc = read_register(kPc);
    if (!event_) event.stop = classify(error, event.pc);
    // The engine's own counter may lag behind when blocks are chained.
    if (event.stop == CpuStop::kListener) event.pc = block_;
    if (event.stop == CpuStop::kBadFetch) event.address = event.pc;
    return event;
  }

 private:
  struct Device {
    CpuListener* listener;
    uint32_t base;
  };

  base::Result<> add_hook(int type, void* callback, uint64_t begin = 1, uint64_t end = 0) {
    uc_hook hook;
    return checked(uc_hook_add(engine_, &hook, type, callback, this, begin, end), "add a hook");
  }

  void stop(CpuStop reason, uint32_t address = 0) {
    event_ = CpuEvent{reason, 0, address};
    uc_emu_stop(engine_);
  }

  // Why the engine returned without one of our hooks having said so.
  CpuStop classify(uc_err error, uint32_t pc) const {
    if (error == UC_ERR_OK) return stop_requested_ ? CpuStop::kListener : CpuStop::kSleep;
    // The engine reports WFE and a branch to an even address as invalid instructions too.
    uint16_t before = 0;
    uc_mem_read(engine_, pc - sizeof(before), &before, sizeof(before));
    if (before == kWaitForEvent && pc != block_) return CpuStop::kSleep;
    uint32_t cpsr = 0;
    uc_reg_read(engine_, UC_ARM_REG_CPSR, &cpsr);
    if (!(cpsr & kThumbState)) return CpuStop::kInvalidState;
    return CpuStop::kUndefined;
  }

  static UnicornCpu& self(void* user) { return *static_cast<UnicornCpu*>(user); }

  static void block_hook(uc_engine*, uint64_t address, uint32_t size, void* user) {
    UnicornCpu& cpu = self(user);
    cpu.block_ = static_cast<uint32_t>(address);
    if (cpu.listener_.on_block(cpu.block_, size)) return;
    cpu.stop_requested_ = true;
    uc_emu_stop(cpu.engine_);
  }

  static void read_hook(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* user) {
    self(user).listener_.on_read(static_cast<uint32_t>(address), static_cast<uint32_t>(size));
  }

  static bool bad_access_hook(uc_engine*, uc_mem_type type, uint64_t address, int, int64_t,
                              void* user) {
    CpuStop reason = CpuStop::kBadRead;
    if (type == UC_MEM_WRITE_UNMAPPED) reason = CpuStop::kBadWrite;
    if (type == UC_MEM_WRITE_PROT) reason = CpuStop::kReadOnly;
    if (type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT) reason = CpuStop::kBadFetch;
    self(user).event_ = CpuEvent{reason, 0, static_cast<uint32_t>(address)};
    return false;
  }

  static void interrupt_hook(uc_engine*, uint32_t number, void* user) {
    UnicornCpu& cpu = self(user);
    switch (number) {
      case kBreakInstruction:
        return cpu.stop(CpuStop::kBreak);
      case kPrefetchAbort:
        return cpu.stop(CpuStop::kBadFetch);
      case kDataAbort:
        return cpu.stop(CpuStop::kUnaligned);
      default:
        return cpu.stop(CpuStop::kException);
    }
  }

  static void stop_address_hook(uc_engine*, uint64_t address, uint32_t, void* user) {
    UnicornCpu& cpu = self(user);
    if (cpu.stop_requested_) return;
    const bool first_instruction = cpu.ignored_stop_address_ == address;
    cpu.ignored_stop_address_.reset();
    if (!first_instruction) cpu.stop(CpuStop::kStopAddress);
  }

  static uint64_t device_read_hook(uc_engine*, uint64_t offset, unsigned size, void* user) {
    const auto& device = *static_cast<Device*>(user);
    return device.listener->on_device_read(device.base + static_cast<uint32_t>(offset), size);
  }

  static void device_write_hook(uc_engine*, uint64_t offset, unsigned size, uint64_t value,
                                void* user) {
    const auto& device = *static_cast<Device*>(user);
    device.listener->on_device_write(device.base + static_cast<uint32_t>(offset), size,
                                     static_cast<uint32_t>(value));
  }

  CpuListener& listener_;
  uc_engine* engine_ = nullptr;
  std::vector<std::unique_ptr<Device>> devices_;
  std::optional<CpuEvent> event_;  // what a hook found out about the end of this run
  bool stop_requested_ = false;
  uint32_t block_ = 0;                            // start of the block that runs
  std::optional<uint32_t> ignored_stop_address_;  // a run may begin at a stop address
};

}  // namespace

base::Result<std::unique_ptr<Cpu>> Cpu::create(CpuModel model, CpuListener& listener) {
  auto cpu = std::make_unique<UnicornCpu>(listener);
  THIMBLE_TRY(cpu->open(model));
  return cpu;
}

}  // namespace thimble::sim
