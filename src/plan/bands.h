// Layers that are executed band by band: a few rows of the last layer's output at a time, with as
// many rows of the tensors before it as those need. The tensors in between are never held whole.
// Rows that the next band needs as well are carried there by a copy (a CONCATENATION of one
// tensor), so nothing is computed twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"
#include "plan/plan.h"

namespace thimble::plan {

// The layer that a node is, or is a part of; a copy of rows belongs to the layer that made them.
struct Part {
  size_t layer;
  bool carries_rows = false;
};

// A network whose nodes are in order of execution; some may be bands of a layer.
struct BandedNetwork {
  ir::Graph graph;
  std::vector<Part> parts;  // by node
  std::vector<View> views;
  std::vector<BandedRun> runs;
};

// Replaces nodes `first` to `last` by the nodes of `bands` bands, one band after the other. Nothing
// when that cannot be: the nodes must be convolutions, poolings without padding or elementwise, of
// one image, read a single tensor from outside, and write one that is read outside, the last. The
// bands' outputs are the same to the bit.
std::optional<BandedNetwork> split_into_bands(const BandedNetwork& network, size_t first,
                                              size_t last, int32_t bands);

}  // namespace thimble::plan
