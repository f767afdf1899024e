// One-layer networks with random weights, and several of them as one network.
//
// The layers of a joined network do not depend on each other, so one firmware measures them all:
// compiling is what takes the time.
#pragma once

#include <span>

#include "base/result.h"
#include "ir/graph.h"
#include "study/grid.h"

namespace thimble::study {

// `type`: kInt8 or kFloat32. The node is called "layer". No channel is dead.
base::Result<ir::Graph> layer_network(const Point& point, ir::DataType type);

// The networks side by side, each with its own inputs and outputs; the nodes of the i-th are called
// "i".
ir::Graph joined(std::span<const ir::Graph> networks);

}  // namespace thimble::study
