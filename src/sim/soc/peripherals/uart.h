// One serial port. Sending takes no time: the transmitter is always ready. What the host types is
// received when the program asks for it, as fast as it asks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "sim/soc/peripherals/family.h"

namespace thimble::sim {

class Uart {
 public:
  using Sink = std::function<void(char)>;
  // The bytes at an address, for a port that reads and writes memory by itself; may be empty.
  using Memory = std::function<std::span<std::byte>(uint32_t address, uint32_t bytes)>;

  static constexpr uint32_t kSize = 0x400;

  explicit Uart(const UartPlace& place) : place_(place) {}

  bool contains(uint32_t address) const;
  uint32_t interrupt() const { return place_.interrupt; }
  bool interrupt_line() const;
  // Enabled to receive: input that is pushed has a reader.
  bool receives() const;
  bool receives_by_interrupt() const;

  // `address` within the port.
  uint32_t read(uint32_t address);
  void write(uint32_t address, uint32_t value, const Sink& sink, const Memory& memory);
  bool is_command(uint32_t address) const;

  void push_input(std::string_view bytes, const Memory& memory);

 private:
  uint32_t stored(uint32_t offset) const;
  uint32_t status() const;
  char pop_input();
  void write_stm32(uint32_t offset, uint32_t value, const Sink& sink);
  void write_nordic(uint32_t offset, uint32_t value, const Sink& sink, const Memory& memory);
  void send_from_memory(const Sink& sink, const Memory& memory);
  void receive_nordic(const Memory& memory);

  UartPlace place_;
  std::unordered_map<uint32_t, uint32_t> registers_;  // by offset
  std::deque<char> input_;
  bool nordic_receiving_ = false;
};

}  // namespace thimble::sim
