// Lanes: the channels of a tensor, that is the positions along its last dimension.
//
// Most operators compute every output lane from one lane of each input, or copy lanes. How the
// lanes of their inputs and outputs correspond is said here once; MAC layers, which mix lanes, are
// in mac_shape.h. An operator that is in neither place keeps all its lanes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace thimble::passes {

// Extent of the last dimension; 1 for a scalar.
int32_t lane_count(const ir::Tensor& tensor);

// More lanes than are in a network; what goes through all of them would take long.
bool has_too_many_lanes(const ir::Graph& graph);

struct LanePair {
  int32_t output, input;
};

// Which lanes of one input an output lane depends on.
struct LaneLink {
  size_t input;  // operand of the node
  // The lanes of a pair exist or go together. False for an operand with one lane that serves all.
  bool together;
  std::vector<LanePair> pairs;
};

// nullopt for an operator without such a correspondence. The node must have passed its `verify`.
std::optional<std::vector<LaneLink>> lane_links(const ir::Graph& graph, const ir::Node& node);

}  // namespace thimble::passes
