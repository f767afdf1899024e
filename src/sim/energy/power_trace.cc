#include "sim/energy/power_trace.h"

#include <algorithm>

namespace thimble::sim {

double energy_uj(const board::Power& power, uint64_t clock_hz, uint64_t active_cycles,
                 uint64_t sleep_cycles) {
  // 1 mW for 1 s is 1000 uJ.
  const double milliwatt_cycles = power.active_mw * static_cast<double>(active_cycles) +
                                  power.sleep_mw * static_cast<double>(sleep_cycles);
  return 1e3 * milliwatt_cycles / static_cast<double>(clock_hz);
}

double flash_energy_uj(const board::Power& power, uint64_t flash_reads) {
  return power.flash_read_nj * static_cast<double>(flash_reads) * 1e-3;
}

double PowerTrace::energy_uj(CycleSpan span) const {
  uint64_t asleep = 0;
  auto sleep = std::ranges::lower_bound(sleeps, span.from, {},
                                        [](const CycleSpan& each) { return each.to; });
  for (; sleep != sleeps.end() && sleep->from < span.to; ++sleep)
    asleep += std::min(sleep->to, span.to) - std::max(sleep->from, span.from);
  return sim::energy_uj(power, clock_hz, span.cycles() - asleep, asleep);
}

std::vector<CycleSpan> high_spans(const PowerTrace& trace, uint16_t pin) {
  std::vector<CycleSpan> spans;
  bool high = false;
  for (const PinEdge& edge : trace.pins) {
    if (edge.pin != pin || edge.high == high) continue;
    high = edge.high;
    if (high)
      spans.push_back({edge.cycles, trace.end_cycles});
    else
      spans.back().to = edge.cycles;
  }
  return spans;
}

}  // namespace thimble::sim
