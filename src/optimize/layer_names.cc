#include "optimize/layer_names.h"

#include <algorithm>

#include "base/nearest_name.h"

namespace thimble::optimize {

base::Result<> check_layer_names(const ir::Graph& graph, const std::vector<std::string>& names,
                                 std::string_view purpose) {
  std::vector<std::string> known;
  for (const ir::Node& node : graph.nodes) known.push_back(node.name);
  for (const std::string& name : names) {
    if (std::ranges::count(known, name) != 0) continue;
    const std::string nearest = base::nearest_name(name, known);
    return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                  fmt::format("the network has no layer {} {}", name, purpose),
                                  nearest.empty() ? "'thimble analyze' lists the layers"
                                                  : fmt::format("did you mean {}?", nearest)));
  }
  return {};
}

}  // namespace thimble::optimize
