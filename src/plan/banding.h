// Which layers of a plan could be executed in bands (bands.h), and what that would give.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "plan/choice.h"
#include "plan/steps.h"

namespace thimble::plan {

struct Banding {
  size_t first, last;  // steps of the plan
  int32_t bands;
  size_t added_steps;  // each is a call more, with its parameters
  size_t arena_bytes;  // estimated
};

// Runs of layers that hold the step which needs most, where the estimate is less than that needs.
// Short ones first, and of a network of thousands of layers not all. `band_counts`: the numbers of
// bands to try. Errors: as of find_buffers.
base::Result<std::vector<Banding>> find_bandings(const Plan& plan,
                                                 std::span<const int32_t> band_counts);

// The plan's network with those layers in bands; its buffers have no places yet. `banding` must be
// one that find_bandings gave for the plan. Errors: as of add_step.
base::Result<Draft> in_bands(const Plan& plan, const Banding& banding, const Choices& choices);

}  // namespace thimble::plan
