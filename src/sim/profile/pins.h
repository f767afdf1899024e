// Names of trace pins, and the trace pins as a Value Change Dump (IEEE 1364-2005, section 18),
// which GTKWave and others open.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/run/observer.h"

namespace thimble::sim {

// Makers count differently: STM32 has 16 pins a port ("PB5"), nRF 32 ("P1.05").
enum class PinNaming { kPortLetter, kPortNumber };

std::string pin_name(uint16_t pin, PinNaming naming);
// "PB5" or "P1.05", in either case. Errors: kInvalidArgument.
base::Result<uint16_t> parse_pin(std::string_view name);

// The level of each pin that ever changed, from reset on: low. Moves forward in time only.
class PinLevels {
 public:
  // `edges`, in order of time, must outlive the object.
  explicit PinLevels(std::span<const PinEdge> edges);
  // Applies the edges at or before `cycles`.
  void advance(uint64_t cycles);
  const std::map<uint16_t, bool>& levels() const { return levels_; }

 private:
  std::span<const PinEdge> left_;
  std::map<uint16_t, bool> levels_;
};

// `edges` in order of time; all pins are low at first and the dump ends at `end_cycles`. Times are
// whole picoseconds.
std::string vcd_text(std::span<const PinEdge> edges, uint64_t clock_hz, uint64_t end_cycles,
                     PinNaming naming);

}  // namespace thimble::sim
