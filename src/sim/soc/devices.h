// The device registers of a microcontroller as far as they are simulated, in virtual time: the
// processor's own (interrupt controller, SysTick, cycle counter, system control, trace) and those
// of its family's clocks, power, flash, serial ports, timers and pins. Every other register of the
// peripheral and system regions stores what is written and reads it back, 0 at first.
//
// It does not run anything. The run loop executes up to next_event_cycles(), calls advance(), asks
// nvic().take() and enters exceptions by sim/run/exceptions.h. docs/peripherals.md has the limits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "board/board.h"
#include "sim/run/observer.h"
#include "sim/soc/core_features.h"
#include "sim/soc/dwt.h"
#include "sim/soc/itm.h"
#include "sim/soc/nvic.h"
#include "sim/soc/peripherals/family.h"
#include "sim/soc/peripherals/gpio.h"
#include "sim/soc/peripherals/register_file.h"
#include "sim/soc/peripherals/timer.h"
#include "sim/soc/peripherals/uart.h"
#include "sim/soc/system_control.h"
#include "sim/soc/systick.h"

namespace thimble::sim {

// How the program has set up the reading of the flash.
struct FlashAccelerator {
  uint32_t wait_states = 0;
  bool prefetch = false;
  bool instruction_cache = false;
  bool data_cache = false;

  bool operator==(const FlashAccelerator&) const = default;
};

class Devices {
 public:
  struct Range {
    uint32_t base;
    uint32_t size_bytes;
  };
  static constexpr Range kPeripherals{0x40000000, 0x20000000};
  static constexpr Range kSystem{0xE0000000, 0x00100000};

  // `now`: cycles since reset, asked only by registers that count.
  Devices(const board::Board& board, const board::Core& core, std::function<uint64_t()> now);
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  // The regions that read() and write() serve: the two above, and what the family has outside.
  std::vector<Range> ranges() const;

  bool contains(uint32_t address) const;

  // Accesses of 1, 2 or 4 bytes; those of 1 and 2 bytes see part of the 32-bit register.
  uint32_t read(uint32_t address, uint32_t bytes);
  void write(uint32_t address, uint32_t bytes, uint32_t value);

  // The first cycle at which something happens without an instruction; UINT64_MAX: never. May
  // change with every write (and read of SysTick).
  uint64_t next_event_cycles() const { return next_event_; }
  // Fires what is due up to and including this cycle: pends exceptions.
  void advance(uint64_t cycles);

  Nvic& nvic() { return nvic_; }
  const Nvic& nvic() const { return nvic_; }
  SystemControl& system() { return system_; }
  const SystemControl& system() const { return system_; }

  // WFI ends now. WFE also ends if take_event() is true.
  bool wakes(const CpuState& cpu) const { return nvic_.wakes(cpu); }
  // The event register: set by SEV, by entering and leaving exceptions, and by what becomes pending
  // with SCR.SEVONPEND.
  void set_event() { event_ = true; }
  bool take_event();

  // The program has enabled the unit in CPACR, and the part has one.
  bool fpu_enabled() const { return system_.fpu_enabled(); }
  bool instruction_cache_enabled() const { return system_.instruction_cache_enabled(); }
  bool data_cache_enabled() const { return system_.data_cache_enabled(); }
  // nullopt: the family has no such register.
  std::optional<FlashAccelerator> flash_accelerator() const;
  bool reset_requested() const { return system_.reset_requested(); }
  bool starts_secure() const { return family_.starts_secure; }

  const std::vector<PinEdge>& pin_edges() const { return gpio_.edges(); }

  // Every byte that any serial port sends.
  void set_uart_sink(Uart::Sink sink) { uart_sink_ = std::move(sink); }
  // Bytes from the host for the port that receives; kept until one is enabled to.
  void push_uart_input(std::string_view bytes);
  // What serial ports that read and write memory by themselves see (nRF).
  void set_memory(Uart::Memory memory) { memory_ = std::move(memory); }
  // Text written to stimulus port 0 of the trace unit.
  const std::string& trace_text() const { return itm_.text(); }

 private:
  uint32_t fold(uint32_t address) const;
  bool is_command(uint32_t address) const;
  uint32_t read_register(uint32_t address);
  void write_register(uint32_t address, uint32_t value);
  uint32_t read_system(uint32_t address);
  void write_system(uint32_t address, uint32_t value);
  void settle_systick(uint64_t now);
  uint32_t cycles_per_timer_clock() const;
  void settle_timer(Timer& timer, uint64_t now);
  void update_next_event();
  Timer* find_timer(uint32_t address);
  void give_input();
  Uart* find_uart(uint32_t address);
  const Uart* find_uart(uint32_t address) const;
  void update_uart_lines();

  const Family& family_;
  CoreFeatures features_;
  std::function<uint64_t()> now_;
  Nvic nvic_;
  SystemControl system_;
  SysTick systick_;
  Dwt dwt_;
  Itm itm_;
  Gpio gpio_;
  std::vector<Uart> uarts_;
  std::vector<Timer> timers_;
  RegisterFile registers_;
  Uart::Sink uart_sink_;
  Uart::Memory memory_;
  std::string waiting_input_;
  uint64_t next_event_ = UINT64_MAX;
  bool event_ = false;
};

}  // namespace thimble::sim
