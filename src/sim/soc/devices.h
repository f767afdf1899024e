// The device registers of a microcontroller as far as they are simulated: the cycle counter,
// SysTick as a plain counter, and the switch of the floating-point unit. Every other register of
// the peripheral and system regions stores what is written and reads it back, 0 at first.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace thimble::sim {

class Devices {
 public:
  struct Range {
    uint32_t base;
    uint32_t size_bytes;
  };
  static constexpr Range kPeripherals{0x40000000, 0x20000000};
  static constexpr Range kSystem{0xE0000000, 0x00100000};

  // `now`: cycles since reset, asked only by registers that count.
  Devices(bool has_fpu, std::function<uint64_t()> now) : has_fpu_(has_fpu), now_(std::move(now)) {}

  // Accesses of 1, 2 or 4 bytes; those of 1 and 2 bytes see part of the 32-bit register.
  uint32_t read(uint32_t address, uint32_t bytes);
  void write(uint32_t address, uint32_t bytes, uint32_t value);

  // The program has enabled the unit in CPACR, and the part has one.
  bool fpu_enabled() const;

 private:
  uint32_t stored(uint32_t address) const;
  uint32_t read_register(uint32_t address);
  void write_register(uint32_t address, uint32_t value);
  bool cycle_counter_runs() const;
  uint32_t cycle_counter() const;
  uint64_t systick_ticks() const;
  uint32_t read_systick_control();
  uint32_t systick_value() const;

  bool has_fpu_;
  std::function<uint64_t()> now_;
  std::unordered_map<uint32_t, uint32_t> registers_;  // by address
  uint32_t cycle_counter_base_ = 0;                   // its value at ...
  uint64_t cycle_counter_start_ = 0;                  // ... this time
  uint64_t systick_start_ = 0;
  uint64_t systick_wraps_seen_ = 0;
};

}  // namespace thimble::sim
