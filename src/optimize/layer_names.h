// Names of layers that a user gave.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::optimize {

// Errors: kInvalidArgument for a name that no node has, with the nearest that one has. `purpose`:
// "to keep".
base::Result<> check_layer_names(const ir::Graph& graph, const std::vector<std::string>& names,
                                 std::string_view purpose);

}  // namespace thimble::optimize
