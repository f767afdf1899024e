// Fills in the cycles of candidates: from the cache, or by running the network.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "tune/cache.h"
#include "tune/candidates.h"
#include "tune/tune.h"

namespace thimble::tune {

struct Effort {
  size_t measured = 0, runs = 0;
};

// `graph`: as it is built; the passes have run. Candidates that do not fit the board are removed;
// those with weights in RAM are only measured where the way is one of the fastest in flash, the
// others are removed too. Errors: as measure::bench; kFault when outputs differ from the host's.
base::Result<Effort> measure_candidates(const ir::Graph& graph, const board::Board& board,
                                        const board::Core& core,
                                        std::span<const base::Bytes> inputs, const Options& options,
                                        const Cache& cache, std::vector<Layer>& layers);

}  // namespace thimble::tune
