// Rewrites of a graph that make it cheaper to execute and leave its outputs as they are.
//
// A pass takes a graph that obeys ops::verify and returns another one with the same inputs and
// outputs. Constants that stay are shared, not copied; nodes that stay keep name and origin.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::passes {

struct Pass {
  std::string_view name;  // "dead channels"
  base::Result<ir::Graph> (*run)(const ir::Graph&);
};

// In the order in which they run.
std::span<const Pass> all_passes();

struct Options {
  // The network takes and gives integers where it quantized floats at its edges: the only rewrite
  // that changes what the caller sees.
  bool int8_edges = false;
};

// All of them. Integer outputs are identical to the original's; floats differ by rounding.
base::Result<ir::Graph> optimize(const ir::Graph& graph, const Options& options = {});

}  // namespace thimble::passes
