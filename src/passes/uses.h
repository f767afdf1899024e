// Who writes and who reads each tensor of a graph.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace thimble::passes {

class Uses {
 public:
  explicit Uses(const ir::Graph& graph);

  // Index of the node that writes the tensor.
  std::optional<size_t> producer(ir::TensorId id) const { return producer_[index(id)]; }

  // Nothing but one operand of one node reads the tensor, so its producer may write something else.
  bool is_read_once(ir::TensorId id) const { return reads_[index(id)] == 1; }

  bool is_output(ir::TensorId id) const { return is_output_[index(id)]; }

 private:
  static size_t index(ir::TensorId id) { return static_cast<size_t>(id); }

  std::vector<std::optional<size_t>> producer_;
  std::vector<int> reads_;  // as an output of the graph too
  std::vector<bool> is_output_;
};

}  // namespace thimble::passes
