// Instrumentation Trace Macrocell: what a program writes to stimulus port 0 (the CMSIS function
// ITM_SendChar) is collected as text. Armv7-M Architecture Reference Manual (DDI 0403E), C1.7.
#pragma once

#include <cstdint>
#include <string>

namespace thimble::sim {

class Itm {
 public:
  static constexpr uint32_t kBase = 0xE0000000;
  static constexpr uint32_t kEnd = 0xE0001000;

  void set_trace_enabled(bool enabled) { trace_enabled_ = enabled; }  // DEMCR.TRCENA
  uint32_t read(uint32_t address) const;
  // `bytes`: width of the access, because a port sends as much as is written.
  void write(uint32_t address, uint32_t bytes, uint32_t value);

  const std::string& text() const { return text_; }

 private:
  bool port_enabled(uint32_t port) const;

  bool trace_enabled_ = false;
  uint32_t ports_enabled_ = 0;  // TER
  uint32_t control_ = 0;        // TCR
  std::string text_;
};

}  // namespace thimble::sim
