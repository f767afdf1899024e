// Layers that the executor runs faster than their reference execution, with the same bits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "exec/fast/kernels.h"
#include "ir/graph.h"

namespace thimble::exec::fast {

// Owns what it needs (packed weights, tables) and refers to nothing but the kernels; many threads
// may run it at a time.
class Layer {
 public:
  virtual ~Layer() = default;

  // From the node's inputs to output 0. `scratch` has scratch_bytes() bytes, aligned to 16, whose
  // content means nothing.
  virtual void run(std::span<std::byte* const> inputs, std::byte* output,
                   std::byte* scratch) const = 0;
  virtual size_t scratch_bytes() const = 0;
};

// For a node of a graph that passed ops::verify; nullptr when only the reference execution does it.
std::unique_ptr<const Layer> make_layer(const ir::Graph& graph, const ir::Node& node,
                                        const Kernels& kernels);

}  // namespace thimble::exec::fast
