#include "decide/radio.h"

#include "board/toml.h"
#include "decide/catalog.h"

namespace thimble::decide {

base::Result<Radio> parse_radio(std::string_view toml, std::string_view origin) {
  THIMBLE_ASSIGN(auto document, board::TomlDocument::parse(toml, origin));
  board::TomlTable root = document.root();
  Radio radio;
  radio.name = root.string("name");
  radio.description = root.string("description");
  radio.bit_rate = root.number("bit_rate", 1, 1e12);
  radio.transmit_ma = root.number("transmit_ma", 1e-6, 1e6);
  radio.receive_ma = root.number("receive_ma", 1e-6, 1e6);
  radio.supply_v = root.number("supply_v", 0.1, 1000);
  radio.packet_payload_bytes =
      static_cast<uint64_t>(root.integer("packet_payload_bytes", 1, 1 << 30));
  radio.packet_overhead_bytes =
      static_cast<uint64_t>(root.integer("packet_overhead_bytes", 0, 1 << 30));
  radio.packet_wait_ms = root.number("packet_wait_ms", 0, 1e6);
  radio.source = root.string("source");
  root.close();
  THIMBLE_TRY(document.status());
  return radio;
}

base::Result<Radio> load_radio(std::string_view name_or_path) {
  THIMBLE_ASSIGN(const Description found, find(Kind::kRadio, name_or_path));
  return parse_radio(found.toml, found.origin);
}

Transfer transfer(const Radio& radio, uint64_t payload_bytes, Direction direction,
                  Packets packets) {
  auto bytes = static_cast<double>(payload_bytes);
  double wait_ms = 0;
  if (packets == Packets::kCounted) {
    const uint64_t full = payload_bytes / radio.packet_payload_bytes;
    const bool rest = payload_bytes % radio.packet_payload_bytes != 0;
    const auto count = static_cast<double>(full + (rest ? 1 : 0));
    bytes += count * static_cast<double>(radio.packet_overhead_bytes);
    wait_ms = count * radio.packet_wait_ms;
  }
  const double air_ms = 8e3 * bytes / radio.bit_rate;
  const double air_ma = direction == Direction::kSend ? radio.transmit_ma : radio.receive_ma;
  return {.time_ms = air_ms + wait_ms,
          .energy_uj = radio.supply_v * (air_ms * air_ma + wait_ms * radio.receive_ma)};
}

uint64_t bytes_for_energy(const Radio& radio, double energy_uj, Packets packets) {
  // Packets make the energy a staircase, so the answer is searched: it only rises with the bytes.
  uint64_t low = 0, high = uint64_t{1} << 50;
  while (low < high) {
    const uint64_t middle = low + (high - low + 1) / 2;
    if (transfer(radio, middle, Direction::kSend, packets).energy_uj <= energy_uj)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace thimble::decide
