// Runs a Graph on the host: the oracle for what a network means.
//
// What an operator means is its reference execution (OpInfo::execute), plain and exact. Operators
// that take most of the time also have fast layers (exec/fast), which give the same bits.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "exec/fast/layer.h"
#include "ir/graph.h"

namespace thimble::exec {

enum class Speed {
  kFast,
  kPortable,   // fast layers without the vector instructions of this processor
  kReference,  // no fast layers
};

// A copy has its own state and may run in another thread.
class Executor {
 public:
  // Copies what it needs of `graph`. The graph must pass ops::verify. Variable tensors start as
  // zero (their zero point for quantized types).
  static base::Result<Executor> create(ir::Graph graph, Speed speed = Speed::kFast);

  // Called after each node with the bytes of its outputs, in the node's order.
  using Observer = std::function<void(size_t node_index, std::span<const base::Bytes> outputs)>;

  // Raw little-endian tensors in the order of Graph::inputs; returns those of Graph::outputs.
  // Errors: kInvalidArgument when a size is wrong.
  base::Result<std::vector<base::Bytes>> run(std::span<const base::Bytes> inputs,
                                             const Observer& observer = {});

  // Puts the variable tensors back to their initial value.
  void reset_state();

  const ir::Graph& graph() const { return graph_; }

 private:
  explicit Executor(ir::Graph graph) : graph_(std::move(graph)) {}
  void prepare_fast_layers(const fast::Kernels& kernels);

  ir::Graph graph_;
  std::vector<base::Bytes> values_;                         // one per tensor; empty for constants
  std::vector<std::shared_ptr<const fast::Layer>> layers_;  // one per node; may be null
  base::Bytes scratch_;                                     // for the fast layers
};

// The default pattern of `thimble bench`: with u = (37 i + 11) mod 256,
// element i is u - 128 (int8, int32), u (uint8), 256 (u - 128) (int16), (u - 128) / 128 (float32).
base::Bytes pattern_input(const ir::Tensor& tensor);

// Uniform over the type's range, [-1, 1) for floats. The same seed gives the same bytes everywhere.
base::Bytes random_input(const ir::Tensor& tensor, uint64_t seed);

}  // namespace thimble::exec
