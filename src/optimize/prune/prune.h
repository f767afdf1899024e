// Pruning by magnitude (Han et al. 2015): the weights, or whole output channels, that matter least
// by their size become zero. Nothing is trained here; after much pruning a network wants to be.
//
// Channels then leave the network (passes/dead_channels.h). Zeros among weights are worth what is
// made of them: gzip shortens them, the sparse kernels leave them out of flash (docs/kernels.md).
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
    kChannels,  // output channels with their bias, by the root mean square of their weights; those
                // that only exist together (of a sum, of a depthwise layer and the one before it)
                // as one; never those of the network's inputs and outputs
  };
  enum class Scope {
    kLayer,    // the same fraction of every layer
    kNetwork,  // the smallest of all layers together; channels relative to their layer's mean
  };
  double fraction = 0;  // of weights or channels that become zero, 0 to below 1
  Unit unit = Unit::kWeights;
  Scope scope = Scope::kNetwork;
  std::vector<std::string> layers = {};  // names of those to prune; empty: all. A channel that
                                         // exists with one of theirs goes with it
};

struct LayerSparsity {
  std::string name, op;
  uint64_t weights = 0, zeros = 0;  // of the pruned network
  int32_t channels_before = 0, channels = 0;
  uint64_t maccs_before = 0, maccs = 0;

  uint64_t maccs_skipped() const;  // those that multiply with zeros
};

struct Pruned {
  ir::Graph graph;                    // float
  std::vector<LayerSparsity> layers;  // convolutions and fully connected ones, in their order
};

// Batch normalizations and activations go into layers first, hybrid weights become float
// (quantize/float_network.h). Weights shared by several layers are pruned once. Errors:
// kInvalidArgument for a fraction out of range, a layer that does not exist, a network without
// float32 weights of CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED; those of float_network.
base::Result<Pruned> prune(const ir::Graph& graph, const PruneOptions& options);

}  // namespace thimble::optimize
