// What a board draws over a run, and its exact integral.
//
// The model: one power while the processor runs, another while it sleeps (board::Power). So the
// whole course of the current is the list of times asleep, and energy is exact to the cycle,
// however short the stretch that is asked for. docs/energy.md says where the figures come from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "board/board.h"
#include "sim/run/observer.h"

namespace thimble::sim {

// Microjoules of a board that ran and slept for so many cycles.
double energy_uj(const board::Power& power, uint64_t clock_hz, uint64_t active_cycles,
                 uint64_t sleep_cycles = 0);

// Of these, microjoules for reading the code memory so many times; 0 if the board does not say.
double flash_energy_uj(const board::Power& power, uint64_t flash_reads);

struct CycleSpan {
  uint64_t from = 0;
  uint64_t to = 0;  // not included

  uint64_t cycles() const { return to - from; }
  bool operator==(const CycleSpan&) const = default;
};

// Everything an instrument at the supply and at the trace pins could see.
struct PowerTrace {
  board::Power power;
  uint64_t clock_hz = 0;
  uint64_t end_cycles = 0;
  std::vector<CycleSpan> sleeps;  // in order, apart from each other
  std::vector<PinEdge> pins;      // in order of time

  // Of a span that ends at or before end_cycles.
  double energy_uj(CycleSpan span) const;
  double total_energy_uj() const { return energy_uj({0, end_cycles}); }
};

// Times during which the pin was high, in order. A pin that is still high ends with the trace.
std::vector<CycleSpan> high_spans(const PowerTrace& trace, uint16_t pin);

}  // namespace thimble::sim
