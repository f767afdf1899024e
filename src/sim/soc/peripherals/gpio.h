// Output pins: what the program sets, as edges in time. Input pins read 0, output pins what was
// set. A pin counts whatever its mode register says.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/run/observer.h"
#include "sim/soc/peripherals/family.h"

namespace thimble::sim {

class Gpio {
 public:
  // Later edges are not kept, so that a program that toggles for ever does not take the host's
  // memory.
  static constexpr size_t kMaxEdges = size_t{1} << 24;

  explicit Gpio(const GpioPlace& place);

  // nullopt / false: not a register that sets or tells the level of pins.
  std::optional<uint32_t> read(uint32_t address) const;
  bool write(uint32_t address, uint32_t value, uint64_t now);
  // A write to this register is a command: it must not be merged with what a read of it gives.
  bool is_command(uint32_t address) const;

  const std::vector<PinEdge>& edges() const { return edges_; }

 private:
  struct Location {
    uint32_t port;
    uint32_t offset;
  };
  std::optional<Location> locate(uint32_t address) const;
  void set_port(uint32_t port, uint32_t levels, uint64_t now);

  GpioPlace place_;
  std::vector<uint32_t> levels_;  // of the output register, by port
  std::vector<PinEdge> edges_;
};

}  // namespace thimble::sim
