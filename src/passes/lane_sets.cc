#include "passes/lane_sets.h"

#include <numeric>

#include "passes/lanes.h"
#include "passes/mac_shape.h"

namespace thimble::passes {

using ir::TensorId;

LaneSets::LaneSets(const ir::Graph& graph) {
  size_t lanes = 0;
  for (const ir::Tensor& tensor : graph.tensors) {
    first_.push_back(lanes);
    lanes += static_cast<size_t>(lane_count(tensor));
  }
  parent_.resize(lanes);
  std::iota(parent_.begin(), parent_.end(), size_t{0});
  for (const ir::Node& node : graph.nodes) join_lanes(graph, node);
}

size_t LaneSets::set_of(TensorId tensor, int32_t lane) const {
  size_t id = first_[static_cast<size_t>(tensor)] + static_cast<size_t>(lane);
  while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
  return id;
}

void LaneSets::join(TensorId a, int32_t a_lane, TensorId b, int32_t b_lane) {
  parent_[set_of(a, a_lane)] = set_of(b, b_lane);
}

void LaneSets::join_lanes(const ir::Graph& graph, const ir::Node& node) {
  const TensorId output = node.outputs[0];
  if (const auto mac = MacShape::of(graph, node)) {
    for (int32_t out = 0; mac->lanes_together() && out < mac->out_lanes; ++out)
      join(output, out, node.inputs[0], mac->first_input(out));
  } else if (const auto links = lane_links(graph, node)) {
    for (const LaneLink& link : *links)
      for (const LanePair& pair : link.pairs)
        if (link.together) join(output, pair.output, node.inputs[link.input], pair.input);
  }
}

}  // namespace thimble::passes
