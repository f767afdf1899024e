// What sending or receiving bytes over a radio takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thimble::decide {

// As radios/*.toml describes it: the radio at its best, in the middle of a connection.
struct Radio {
  std::string name = {}, description = {};
  double bit_rate = 0;  // bits a second on the air
  double transmit_ma = 0, receive_ma = 0;
  double supply_v = 0;
  uint64_t packet_payload_bytes = 0;   // most that one packet carries
  uint64_t packet_overhead_bytes = 0;  // sent with it
  double packet_wait_ms = 0;           // after it: gaps and answer, the receiver on
  std::string source = {};
};

base::Result<Radio> load_radio(std::string_view name_or_path);
base::Result<Radio> parse_radio(std::string_view toml, std::string_view origin);

enum class Direction { kSend, kReceive };
enum class Packets {
  kCounted,
  kIgnored,  // only the payload's bits, as Heim's thesis counts
};

struct Transfer {
  double time_ms = 0;
  double energy_uj = 0;
};

Transfer transfer(const Radio& radio, uint64_t payload_bytes, Direction direction, Packets packets);

// The most bytes that can be sent for this energy.
uint64_t bytes_for_energy(const Radio& radio, double energy_uj, Packets packets);

}  // namespace thimble::decide
