#include "plan/choice.h"

#include <algorithm>

namespace thimble::plan {
namespace {

const ops::Lowering& by_preference(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   Preference prefer) {
  const std::vector<ops::Lowering>& ways = lowerings.ways;
  if (prefer == Preference::kSpeed) return ways.front();
  auto bytes = [&](const ops::Lowering& way) { return table_bytes(way, graph); };
  const ops::Lowering& smallest = *std::ranges::min_element(ways, {}, bytes);
  if (prefer == Preference::kSize) return smallest;
  // Padding and tables per channel are no expansion, so small layers get an allowance.
  const size_t limit = bytes(smallest) * 3 / 2 + 256;
  return *std::ranges::find_if(ways, [&](const auto& way) { return bytes(way) <= limit; });
}

}  // namespace

size_t table_bytes(const ops::Lowering& lowering, const ir::Graph& graph) {
  size_t bytes = 0;
  for (const ops::KernelCall& call : lowering.calls)
    for (const ops::Constant& constant : call.constants)
      bytes += constant.tensor == ir::kNoTensor ? constant.bytes.size()
                                                : graph.tensor(constant.tensor).bytes();
  return bytes;
}

base::Result<ops::Lowering> choose(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   size_t node, const Choices& choices) {
  if (node >= choices.layers.size() || choices.layers[node].variant.empty())
    return by_preference(lowerings, graph, choices.prefer);
  const std::string& wanted = choices.layers[node].variant;
  auto found = std::ranges::find(lowerings.ways, wanted, &ops::Lowering::variant);
  if (found != lowerings.ways.end()) return *found;
  std::vector<std::string_view> names;
  for (const ops::Lowering& way : lowerings.ways) names.push_back(way.variant);
  return base::fail(base::ErrorCode::kInvalidArgument, "no kernel '{}' for this layer; it has {}",
                    wanted, fmt::join(names, ", "));
}

}  // namespace thimble::plan
