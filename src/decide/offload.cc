#include "decide/offload.h"

namespace thimble::decide {

Offload offload(const Radio& radio, const Exchange& exchange, double inference_uj) {
  const Transfer sent = transfer(radio, exchange.send_bytes, Direction::kSend, exchange.packets);
  const Transfer received =
      transfer(radio, exchange.receive_bytes, Direction::kReceive, exchange.packets);
  Offload result{.radio = radio};
  result.time_ms = sent.time_ms + received.time_ms;
  result.energy_uj = sent.energy_uj + received.energy_uj + exchange.sleep_mw * result.time_ms;
  result.break_even_bytes = bytes_for_energy(radio, inference_uj, exchange.packets);
  return result;
}

}  // namespace thimble::decide
