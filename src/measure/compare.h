// Whether the outputs of a board are those of the host.
#pragma once

#include <span>

#include "base/files.h"
#include "ir/graph.h"
#include "measure/measurement.h"

namespace thimble::measure {

// Integers must be equal; floats may differ by 1e-5 of the largest host output plus 1e-7 (the order
// of additions differs). NaN never matches. Both spans hold the tensors of Graph::outputs.
OutputCheck compare_outputs(const ir::Graph& graph, std::span<const base::Bytes> board,
                            std::span<const base::Bytes> host);

}  // namespace thimble::measure
