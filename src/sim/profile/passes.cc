#include "sim/profile/passes.h"

#include <map>

#include "sim/profile/pins.h"

namespace thimble::sim {

base::Result<PinEvent> parse_pin_event(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view edge = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (edge != "rise" && edge != "fall")
    return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                  fmt::format("'{}' is no edge of a pin", text),
                                  "write PIN:rise or PIN:fall, as in PB5:rise"));
  THIMBLE_ASSIGN(const uint16_t pin, parse_pin(text.substr(0, colon)));
  return PinEvent{pin, edge == "rise"};
}

PassStatistics passes_between(std::span<const PinEdge> edges, PinEvent from, PinEvent to) {
  PassCounter counter;
  std::map<uint16_t, bool> levels;  // low at first
  for (const PinEdge& edge : edges) {
    bool& level = levels[edge.pin];
    if (level == edge.high) continue;  // written again, but no edge
    level = edge.high;
    const PinEvent event{edge.pin, edge.high};
    if (event == to) counter.end(edge.cycles);
    if (event == from) counter.start(edge.cycles);
  }
  return counter.statistics();
}

}  // namespace thimble::sim
