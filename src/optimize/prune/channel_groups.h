// Output channels of layers that can only leave a network together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace thimble::optimize {

struct LayerChannel {
  size_t node;
  int32_t channel;
};

// In the order of the network, without those that must stay because an input or output of the
// network, or an operator that mixes channels without weights, has them. In each the first layer
// that makes them comes first. Of a network with very many channels: none.
using ChannelGroup = std::vector<LayerChannel>;
std::vector<ChannelGroup> channel_groups(const ir::Graph& graph);

}  // namespace thimble::optimize
