// Whether sending a network's input to somebody who infers takes less energy than inferring.
#pragma once

#include "decide/radio.h"

namespace thimble::decide {

struct Exchange {
  uint64_t send_bytes = 0;     // the input
  uint64_t receive_bytes = 0;  // the result, if it comes back
  Packets packets = Packets::kCounted;
  double sleep_mw = 0;  // of the board, which sleeps while the radio works
};

struct Offload {
  Radio radio;
  double time_ms = 0;  // on the air; what the network and the other side take is not known
  double energy_uj = 0;
  uint64_t break_even_bytes = 0;  // the most that can be sent, nothing received, for `inference_uj`
};

Offload offload(const Radio& radio, const Exchange& exchange, double inference_uj);

}  // namespace thimble::decide
