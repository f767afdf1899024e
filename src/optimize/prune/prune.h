// Pruning by magnitude (Han et al. 2015): the weights, or whole output channels, that matter least
// by their size become zero. Nothing is trained here; after much pruning a network wants to be.
//
// Zeros are worth what is made of them: gzip shortens them, the sparse kernels leave them out of
// flash (docs/kernels.md), and once quantized, channels of zeros disappear from the network
// (passes/dead_channels.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

struct PruneOptions {
  enum class Unit {
    kWeights,
    kChannels,  // output channels with their bias, by the root mean square of their weights; never
                // those of the network's outputs
  };
  enum class Scope {
    kLayer,    // the same fraction of every layer
    kNetwork,  // the smallest of all layers together; channels relative to their layer's mean
  };
  double fraction = 0;  // of weights or channels that become zero, 0 to below 1
  Unit unit = Unit::kWeights;
  Scope scope = Scope::kNetwork;
};

struct LayerSparsity {
  size_t node = 0;
  std::string name;
  uint64_t weights = 0, zeros = 0;  // zeros afterwards, those of before included
  int32_t channels = 0, zero_channels = 0;
};

struct Pruned {
  ir::Graph graph;
  std::vector<LayerSparsity> layers;  // convolutions and fully connected ones, in their order
};

// Weights shared by several layers are pruned once. Errors: kInvalidArgument for a fraction out of
// range, a network without float32 weights of CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED, or
// weights that are not numbers.
base::Result<Pruned> prune(const ir::Graph& graph, const PruneOptions& options);

}  // namespace thimble::optimize
