// What can be said of a network without running it: parameters, arithmetic and bytes per layer.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "ops/op.h"

namespace thimble::ops {

struct LayerStatistics {
  Cost cost;
  uint64_t parameters = 0;        // elements of the constants that carry values
  uint64_t weight_bytes = 0;      // bytes of the same, as stored in the model
  uint64_t activation_bytes = 0;  // inputs read and outputs written, state included

  // FLOPs per byte of weights and activations moved once; 0 for a layer without arithmetic.
  double arithmetic_intensity() const;
};

struct NetworkStatistics {
  std::vector<LayerStatistics> layers;  // by node
  LayerStatistics total;                // a constant that several layers share counts once
};

// The graph must pass ops::verify.
NetworkStatistics statistics(const ir::Graph& graph);

// True for constants that carry trained values (weights, biases, scales), false for shapes, axes
// and the like, which never reach the target as data.
bool is_parameter(const ir::Tensor& tensor);

}  // namespace thimble::ops
