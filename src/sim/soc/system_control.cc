#include "sim/soc/system_control.h"

namespace thimble::sim {
namespace {

constexpr uint32_t kCpuId = 0xE000ED00;
constexpr uint32_t kInterruptControl = 0xE000ED04;
constexpr uint32_t kVectorTable = 0xE000ED08;
constexpr uint32_t kResetControl = 0xE000ED0C;  // AIRCR
constexpr uint32_t kSleepControl = 0xE000ED10;
constexpr uint32_t kConfiguration = 0xE000ED14;  // CCR
constexpr uint32_t kHandlerPriorities = 0xE000ED18;
constexpr uint32_t kHandlerControl = 0xE000ED24;  // SHCSR
constexpr uint32_t kFaultStatus = 0xE000ED28;     // CFSR
constexpr uint32_t kHardFaultStatus = 0xE000ED2C;
constexpr uint32_t kBusFaultAddress = 0xE000ED38;
constexpr uint32_t kCacheSizeId = 0xE000ED80;  // CCSIDR
constexpr uint32_t kCoprocessorAccess = 0xE000ED88;
constexpr uint32_t kSoftwareTrigger = 0xE000EF00;
constexpr uint32_t kFloatContext = 0xE000EF34;        // FPCCR
constexpr uint32_t kFloatFrame = 0xE000EF38;          // FPCAR
constexpr uint32_t kFloatDefaultStatus = 0xE000EF3C;  // FPDSCR

constexpr uint32_t kPendNmi = 1u << 31;
constexpr uint32_t kPendSvSet = 1u << 28;
constexpr uint32_t kPendSvClear = 1u << 27;
constexpr uint32_t kSysTickSet = 1u << 26;
constexpr uint32_t kSysTickClear = 1u << 25;
constexpr uint32_t kInterruptPending = 1u << 22;
constexpr uint32_t kReturnToBase = 1u << 11;

constexpr uint32_t kResetKey = 0x05FA;
constexpr uint32_t kResetKeyRead = 0xFA05;
constexpr uint32_t kSystemReset = 1u << 2;

constexpr uint32_t kSleepOnExit = 1u << 1;
constexpr uint32_t kSleepDeep = 1u << 2;
constexpr uint32_t kEventOnPending = 1u << 4;

constexpr uint32_t kTrapUnaligned = 1u << 3;
constexpr uint32_t kTrapDivideByZero = 1u << 4;
constexpr uint32_t kAlignStack = 1u << 9;
constexpr uint32_t kDataCache = 1u << 16;
constexpr uint32_t kInstructionCache = 1u << 17;

constexpr uint32_t kHardFaultForced = 1u << 30;
constexpr uint32_t kFloatAccess = 0xFu << 20;
constexpr uint32_t kAutomaticState = 1u << 31;
constexpr uint32_t kLazyState = 1u << 30;
// AHP, DN, FZ and RMode; the rest of FPDSCR reads 0.
constexpr uint32_t kDefaultStatusMask = 0x07C00000;

// Where SHCSR has the bits of the exceptions that can be told apart there.
struct HandlerBit {
  uint32_t bit;
  uint32_t exception;
};
constexpr HandlerBit kActiveBits[] = {{0, kMemoryFault},      {1, kBusFault},     {3, kUsageFault},
                                      {7, kSupervisorCall},   {8, kDebugMonitor}, {10, kPendSv},
                                      {11, kSysTickException}};
constexpr HandlerBit kPendingBits[] = {
    {12, kUsageFault}, {13, kMemoryFault}, {14, kBusFault}, {15, kSupervisorCall}};
constexpr HandlerBit kEnableBits[] = {{16, kMemoryFault}, {17, kBusFault}, {18, kUsageFault}};

}  // namespace

SystemControl::SystemControl(const CoreFeatures& features, uint32_t vector_table, Nvic& nvic)
    : features_(features), vector_table_(vector_table), nvic_(nvic) {
  registers_[kConfiguration] = kAlignStack;
  if (features.fpu) registers_[kFloatContext] = kAutomaticState | kLazyState;
  // 16 KiB, 4 ways, lines of 32 bytes, as the loops of CMSIS that clean a cache want to know it.
  if (features.caches) registers_[kCacheSizeId] = 0xF00FE019;
}

uint32_t SystemControl::stored(uint32_t address) const {
  const auto found = registers_.find(address);
  return found == registers_.end() ? 0 : found->second;
}

uint32_t SystemControl::read(uint32_t address) const {
  switch (address) {
    case kCpuId:
      return features_.cpuid;
    case kInterruptControl:
      return interrupt_control();
    case kVectorTable:
      return vector_table_;
    case kResetControl:
      return kResetKeyRead << 16 | nvic_.priority_group() << 8;
    case kHandlerPriorities:
    case kHandlerPriorities + 4:
    case kHandlerPriorities + 8:
      return handler_priorities(address);
    case kHandlerControl:
      return handler_control();
    default:
      return stored(address);
  }
}

void SystemControl::write(uint32_t address, uint32_t value) {
  switch (address) {
    case kCpuId:
    case kCacheSizeId:
      break;
    case kInterruptControl:
      write_interrupt_control(value);
      break;
    case kVectorTable:
      vector_table_ = value & ~0x7Fu;
      break;
    case kResetControl:
      write_reset_control(value);
      break;
    case kHandlerPriorities:
    case kHandlerPriorities + 4:
    case kHandlerPriorities + 8:
      write_handler_priorities(address, value);
      break;
    case kHandlerControl:
      write_handler_control(value);
      break;
    case kFaultStatus:
    case kHardFaultStatus:
      registers_[address] = stored(address) & ~value;  // a one clears
      break;
    case kCoprocessorAccess:
      // Without a unit the access bits cannot be set.
      registers_[address] = features_.fpu ? value : value & ~kFloatAccess;
      break;
    case kFloatContext:
    case kFloatFrame:
    case kFloatDefaultStatus:
      if (features_.fpu) registers_[address] = value;
      break;
    case kConfiguration:
      if (!features_.caches) value &= ~(kDataCache | kInstructionCache);
      if (features_.architecture != Architecture::kArmv7M) value |= kAlignStack;
      registers_[address] = value;
      break;
    case kSoftwareTrigger:
      nvic_.set_pending(kFirstInterrupt + (value & 0x1FF));
      break;
    default:
      registers_[address] = value;
  }
}

uint32_t SystemControl::interrupt_control() const {
  uint32_t value = current_ | nvic_.vector_pending() << 12;
  if (nvic_.pending(kNmi)) value |= kPendNmi;
  if (nvic_.pending(kPendSv)) value |= kPendSvSet;
  if (nvic_.pending(kSysTickException)) value |= kSysTickSet;
  if (nvic_.interrupt_pending()) value |= kInterruptPending;
  if (features_.is_mainline() && nvic_.active_count() <= 1) value |= kReturnToBase;
  return value;
}

void SystemControl::write_interrupt_control(uint32_t value) {
  if (value & kPendNmi) nvic_.set_pending(kNmi);
  if (value & kPendSvSet) nvic_.set_pending(kPendSv);
  if (value & kPendSvClear) nvic_.clear_pending(kPendSv);
  if (value & kSysTickSet) nvic_.set_pending(kSysTickException);
  if (value & kSysTickClear) nvic_.clear_pending(kSysTickException);
}

void SystemControl::write_reset_control(uint32_t value) {
  if (value >> 16 != kResetKey) return;
  nvic_.set_priority_group(value >> 8 & 7);
  if (value & kSystemReset) reset_requested_ = true;
}

uint32_t SystemControl::handler_priorities(uint32_t address) const {
  const uint32_t first = address - kHandlerPriorities + kMemoryFault;
  uint32_t value = 0;
  for (uint32_t i = 0; i < 4; ++i)
    value |= static_cast<uint32_t>(nvic_.priority(first + i)) << (8 * i);
  return value;
}

void SystemControl::write_handler_priorities(uint32_t address, uint32_t value) {
  const uint32_t first = address - kHandlerPriorities + kMemoryFault;
  for (uint32_t i = 0; i < 4; ++i) nvic_.set_priority(first + i, value >> (8 * i) & 0xFF);
}

uint32_t SystemControl::handler_control() const {
  uint32_t value = 0;
  for (const auto& [bit, exception] : kActiveBits)
    value |= uint32_t{nvic_.active(exception)} << bit;
  for (const auto& [bit, exception] : kPendingBits)
    value |= uint32_t{nvic_.pending(exception)} << bit;
  for (const auto& [bit, exception] : kEnableBits)
    value |= uint32_t{nvic_.enabled(exception)} << bit;
  return value;
}

void SystemControl::write_handler_control(uint32_t value) {
  if (!features_.is_mainline()) return;
  for (const auto& [bit, exception] : kActiveBits) nvic_.set_active(exception, value >> bit & 1);
  for (const auto& [bit, exception] : kPendingBits) {
    if (value >> bit & 1) {
      nvic_.set_pending(exception);
    } else {
      nvic_.clear_pending(exception);
    }
  }
  for (const auto& [bit, exception] : kEnableBits) nvic_.set_enabled(exception, value >> bit & 1);
}

bool SystemControl::fpu_enabled() const {
  return features_.fpu && (stored(kCoprocessorAccess) & kFloatAccess) == kFloatAccess;
}
bool SystemControl::automatic_float_state() const {
  return stored(kFloatContext) & kAutomaticState;
}
bool SystemControl::lazy_float_state() const {
  return stored(kFloatContext) & kLazyState;
}
uint32_t SystemControl::default_float_status() const {
  return stored(kFloatDefaultStatus) & kDefaultStatusMask;
}
void SystemControl::set_float_frame(uint32_t address) {
  registers_[kFloatFrame] = address;
}

bool SystemControl::instruction_cache_enabled() const {
  return stored(kConfiguration) & kInstructionCache;
}
bool SystemControl::data_cache_enabled() const {
  return stored(kConfiguration) & kDataCache;
}
bool SystemControl::aligned_stack() const {
  return stored(kConfiguration) & kAlignStack;
}
bool SystemControl::traps_unaligned() const {
  return !features_.is_mainline() || (stored(kConfiguration) & kTrapUnaligned);
}
bool SystemControl::traps_divide_by_zero() const {
  return stored(kConfiguration) & kTrapDivideByZero;
}

bool SystemControl::sleep_on_exit() const {
  return stored(kSleepControl) & kSleepOnExit;
}
bool SystemControl::sleep_deep() const {
  return stored(kSleepControl) & kSleepDeep;
}
bool SystemControl::wakes_on_pending() const {
  return stored(kSleepControl) & kEventOnPending;
}

void SystemControl::set_fault_status(uint32_t bits) {
  registers_[kFaultStatus] |= bits;
}
void SystemControl::set_fault_address(uint32_t address) {
  registers_[kBusFaultAddress] = address;
  registers_[kFaultStatus] |= kFaultBusAddressValid;
}
void SystemControl::set_hard_fault_forced() {
  registers_[kHardFaultStatus] |= kHardFaultForced;
}

}  // namespace thimble::sim
