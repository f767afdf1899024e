// ADD, SUB and MUL of two int8 tensors of one shape: one look-up per element in a table that the
// reference execution fills.
#pragma once

#include "exec/fast/layer.h"

namespace thimble::exec::fast {

std::unique_ptr<const Layer> make_table_layer(const ir::Graph& graph, const ir::Node& node);

}  // namespace thimble::exec::fast
