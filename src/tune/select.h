// Which candidate of each layer, so that the network is as fast as flash and RAM allow.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tune/candidates.h"

namespace thimble::tune {

// By layer: an index into its candidates.
using Selection = std::vector<size_t>;

struct Budget {
  uint64_t flash_bytes = UINT64_MAX;  // for tables
  uint64_t ram_bytes = UINT64_MAX;    // for the arena and weights
};

// The bytes of the arena that each step needs at least, for a selection.
using StepBytes = std::function<std::vector<uint64_t>(const Selection&)>;

struct Selected {
  Selection selection;
  uint64_t cycles = 0, flash_bytes = 0, ram_bytes = 0;
  bool fits = false;  // otherwise no single change brings it nearer to the budget
};

// From the fastest candidate of each layer it goes, change by change, to where the budget is kept,
// each time losing the fewest cycles per byte gained, and then takes every change back that can be
// taken back. Exact while the budget does not bind; otherwise a good answer, not always the best.
// Every candidate must have cycles.
Selected select(const std::vector<Layer>& layers, const StepBytes& step_bytes,
                const Budget& budget);

}  // namespace thimble::tune
