// The System Control Block at 0xE000ED00: vector table, system exceptions, fault status, sleep,
// caches, access to the floating-point unit and its stacking. What has no effect here (MPU, fault
// addresses, maintenance of caches) stores what is written.
//
// Unprivileged code may access everything: the rules that forbid it are not simulated.
// Armv7-M Architecture Reference Manual (DDI 0403E), section B3.2; Armv6-M: DDI 0419, B3.2.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "sim/soc/core_features.h"
#include "sim/soc/nvic.h"

namespace thimble::sim {

// Bits of the Configurable Fault Status Register (CFSR) that the simulator can find out.
inline constexpr uint32_t kFaultInstructionAccess = 1u << 8;  // BFSR.IBUSERR
inline constexpr uint32_t kFaultPreciseData = 1u << 9;        // BFSR.PRECISERR
inline constexpr uint32_t kFaultStacking = 1u << 12;          // BFSR.STKERR
inline constexpr uint32_t kFaultUnstacking = 1u << 11;        // BFSR.UNSTKERR
inline constexpr uint32_t kFaultBusAddressValid = 1u << 15;   // BFSR.BFARVALID
inline constexpr uint32_t kFaultUndefined = 1u << 16;         // UFSR.UNDEFINSTR
inline constexpr uint32_t kFaultInvalidState = 1u << 17;      // UFSR.INVSTATE
inline constexpr uint32_t kFaultInvalidReturn = 1u << 18;     // UFSR.INVPC
inline constexpr uint32_t kFaultNoCoprocessor = 1u << 19;     // UFSR.NOCP
inline constexpr uint32_t kFaultUnaligned = 1u << 24;         // UFSR.UNALIGNED
inline constexpr uint32_t kFaultDivideByZero = 1u << 25;      // UFSR.DIVBYZERO

class SystemControl {
 public:
  static constexpr uint32_t kBase = 0xE000ED00;
  static constexpr uint32_t kEnd = 0xE000EFC0;

  // `nvic` must outlive this. `vector_table`: VTOR after reset, which real parts have at 0 because
  // the flash is mirrored there; the simulator has no mirror.
  SystemControl(const CoreFeatures& features, uint32_t vector_table, Nvic& nvic);

  uint32_t read(uint32_t address) const;
  void write(uint32_t address, uint32_t value);

  uint32_t vector_table() const { return vector_table_; }
  bool is_armv8() const { return features_.architecture == Architecture::kArmv8M; }
  bool is_mainline() const { return features_.is_mainline(); }

  bool fpu_enabled() const;                // CPACR
  bool automatic_float_state() const;      // FPCCR.ASPEN: executing a float instruction sets FPCA
  bool lazy_float_state() const;           // FPCCR.LSPEN
  uint32_t default_float_status() const;   // FPDSCR
  void set_float_frame(uint32_t address);  // FPCAR

  bool instruction_cache_enabled() const;
  bool data_cache_enabled() const;
  bool aligned_stack() const;         // CCR.STKALIGN; also where it cannot be changed
  bool traps_unaligned() const;       // CCR.UNALIGN_TRP
  bool traps_divide_by_zero() const;  // CCR.DIV_0_TRP

  bool sleep_on_exit() const;
  bool sleep_deep() const;
  bool wakes_on_pending() const;  // SCR.SEVONPEND
  bool reset_requested() const { return reset_requested_; }

  // For a fault that is about to be taken: bits of CFSR, and the address for BFAR if there is one.
  void set_fault_status(uint32_t bits);
  void set_fault_address(uint32_t address);
  void set_hard_fault_forced();

  // The exception that IPSR names: ICSR.VECTACTIVE.
  void set_current(uint32_t number) { current_ = number; }

 private:
  uint32_t stored(uint32_t address) const;
  uint32_t interrupt_control() const;
  void write_interrupt_control(uint32_t value);
  void write_reset_control(uint32_t value);
  uint32_t handler_priorities(uint32_t address) const;
  void write_handler_priorities(uint32_t address, uint32_t value);
  uint32_t handler_control() const;
  void write_handler_control(uint32_t value);

  CoreFeatures features_;
  uint32_t vector_table_;
  Nvic& nvic_;
  std::unordered_map<uint32_t, uint32_t> registers_;  // those that store, by address
  uint32_t current_ = 0;
  bool reset_requested_ = false;
};

}  // namespace thimble::sim
