// The peripherals of a family of microcontrollers as a table: how its registers react as far as
// start-up code looks at them, and where its serial ports and pins are. docs/peripherals.md says
// which manuals the tables come from.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::sim {

struct AddressRange {
  uint32_t base;
  uint32_t size_bytes;

  bool contains(uint32_t address) const { return address - base < size_bytes; }
};

// How one register differs from one that stores what is written and starts as 0.
struct RegisterRule {
  enum class Kind : uint8_t {
    kReset,   // starts as `mask`
    kOnes,    // the bits of `mask` always read 1
    kZeros,   // the bits of `mask` always read 0: requests that hardware clears when it is done
    kFollow,  // the bits of `mask`, shifted to `shift`, read as those of `other` from `other_shift`
    kTask,    // writing bit 0 sets the bits of `mask` in `other`, or clears those of `clear`
  };
  Kind kind;
  uint32_t address;
  uint32_t mask;
  uint8_t shift = 0;
  uint32_t other = 0;
  uint8_t other_shift = 0;
  uint32_t clear = 0;
};

enum class UartKind : uint8_t {
  kStm32Data,      // one data register and SR (STM32F4)
  kStm32Transmit,  // separate TDR and RDR, and ISR (all later STM32)
  kNordic,         // UART and UARTE
};

struct UartPlace {
  UartKind kind;
  uint32_t base;
  uint32_t interrupt;
};

struct TimerPlace {
  uint32_t base;
  uint32_t interrupt;
  uint32_t counter_mask;
};

// Where the program sets the divider of the bus that the timers are on, as STM32 parts encode it in
// three bits. The timers get twice that bus's clock if it is divided at all.
struct BusDividerPlace {
  uint32_t address;  // 0: nowhere
  uint8_t shift;
};

enum class GpioKind : uint8_t { kNone, kStm32, kNordic };

struct GpioPlace {
  GpioKind kind;
  uint32_t base;          // of port 0
  uint32_t stride_bytes;  // from port to port
  uint32_t ports;
};

// Where the program sets how the flash is read.
struct FlashAcceleratorPlace {
  uint32_t address;  // 0: nowhere
  uint32_t latency_mask;
  uint32_t prefetch;  // a bit each; 0: there is none
  uint32_t instruction_cache;
  uint32_t data_cache;
};

struct Family {
  std::string_view name;
  uint32_t priority_bits;      // of the interrupt controller
  bool secure_alias = false;   // 0x5xxxxxxx is the secure view of 0x4xxxxxxx
  bool starts_secure = false;  // Armv8-M: the program runs in Secure state, as EXC_RETURN shows
  std::span<const RegisterRule> rules{};
  std::span<const UartPlace> uarts{};
  std::span<const TimerPlace> timers{};
  BusDividerPlace timer_bus{};
  GpioPlace gpio{};
  FlashAcceleratorPlace flash{};
  // Words outside of the peripheral region that read as erased flash: factory and user settings.
  std::span<const AddressRange> settings{};
};

// The family of a board file; one without peripherals of its own if there is none of that name.
const Family& find_family(std::string_view name);

}  // namespace thimble::sim
