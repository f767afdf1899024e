#include "optimize/prune/channel_groups.h"

#include <algorithm>
#include <map>

#include "passes/lane_sets.h"
#include "passes/lanes.h"
#include "passes/mac_shape.h"

namespace thimble::optimize {

namespace {

using ir::Graph;
using ir::Node;
using ir::TensorId;

// The tensors all of whose channels stay.
std::vector<TensorId> fixed_tensors(const Graph& graph) {
  std::vector<TensorId> fixed = graph.inputs;
  fixed.insert(fixed.end(), graph.outputs.begin(), graph.outputs.end());
  for (size_t id = 0; id < graph.tensors.size(); ++id)
    if (graph.tensors[id].is_variable) fixed.push_back(static_cast<TensorId>(id));
  for (const Node& node : graph.nodes) {
    if (passes::MacShape::of(graph, node) || passes::lane_links(graph, node)) continue;
    fixed.insert(fixed.end(), node.inputs.begin(), node.inputs.end());
    fixed.insert(fixed.end(), node.outputs.begin(), node.outputs.end());
  }
  std::erase(fixed, ir::kNoTensor);
  return fixed;
}

}  // namespace

std::vector<ChannelGroup> channel_groups(const Graph& graph) {
  if (passes::has_too_many_lanes(graph)) return {};
  const passes::LaneSets sets(graph);
  std::vector<bool> stays(sets.lanes());
  for (TensorId id : fixed_tensors(graph))
    for (int32_t lane = 0; lane < passes::lane_count(graph.tensor(id)); ++lane)
      stays[sets.set_of(id, lane)] = true;
  std::vector<ChannelGroup> groups;
  std::map<size_t, size_t> group_of_set;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto mac = passes::MacShape::of(graph, node);
    if (!mac) continue;
    for (int32_t channel = 0; channel < mac->out_lanes; ++channel) {
      const size_t set = sets.set_of(node.outputs[0], channel);
      if (stays[set]) continue;
      const auto [group, is_new] = group_of_set.try_emplace(set, groups.size());
      if (is_new) groups.emplace_back();
      groups[group->second].push_back({i, channel});
    }
  }
  return groups;
}

}  // namespace thimble::optimize
