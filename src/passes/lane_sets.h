// Lanes (see lanes.h) of all tensors in sets: those that exist or go together, because an operator
// computes one from the other without mixing lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace thimble::passes {

class LaneSets {
 public:
  // The graph must pass ops::verify, and be of a size that memory holds a number for each lane.
  explicit LaneSets(const ir::Graph& graph);

  // Of all tensors. Sets have numbers below.
  size_t lanes() const { return parent_.size(); }

  size_t set_of(ir::TensorId tensor, int32_t lane) const;

 private:
  void join(ir::TensorId a, int32_t a_lane, ir::TensorId b, int32_t b_lane);
  void join_lanes(const ir::Graph& graph, const ir::Node& node);

  std::vector<size_t> first_;           // by tensor
  mutable std::vector<size_t> parent_;  // union-find, which shortens its paths as it is asked
};

}  // namespace thimble::passes
