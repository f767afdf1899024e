#include "plan/choice.h"

#include <algorithm>

namespace thimble::plan {
namespace {

// The most bytes of tables that a way may have.
size_t table_limit(const ops::Lowerings& lowerings, const ir::Graph& graph, Preference prefer) {
  if (prefer == Preference::kSpeed) return SIZE_MAX;
  size_t smallest = SIZE_MAX;
  for (const ops::Lowering& way : lowerings.ways)
    smallest = std::min(smallest, table_bytes(way, graph));
  // Padding and tables per channel are no expansion, so small layers get an allowance.
  return prefer == Preference::kSize ? smallest : smallest * 3 / 2 + 256;
}

const ops::Lowering& by_preference(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   Preference prefer) {
  const size_t limit = table_limit(lowerings, graph, prefer);
  return *std::ranges::find_if(lowerings.ways,
                               [&](const auto& way) { return table_bytes(way, graph) <= limit; });
}

bool names_a_way(const Choices& choices, size_t node) {
  return node < choices.layers.size() && !choices.layers[node].variant.empty();
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

std::vector<ops::Lowering> allowed_ways(ops::Lowerings lowerings, const ir::Graph& graph,
                                        size_t node, const Choices& choices) {
  const size_t limit = table_limit(lowerings, graph, choices.prefer);
  const bool is_named = names_a_way(choices, node);
  std::erase_if(lowerings.ways, [&](const ops::Lowering& way) {
    return is_named ? way.variant != choices.layers[node].variant : table_bytes(way, graph) > limit;
  });
  return std::move(lowerings.ways);
}

base::Result<ops::Lowering> choose(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   size_t node, const Choices& choices) {
  if (!names_a_way(choices, node)) return by_preference(lowerings, graph, choices.prefer);
  const std::string& wanted = choices.layers[node].variant;
  auto found = std::ranges::find(lowerings.ways, wanted, &ops::Lowering::variant);
  if (found != lowerings.ways.end()) return *found;
  std::vector<std::string_view> names;
  for (const ops::Lowering& way : lowerings.ways) names.push_back(way.variant);
  return base::fail(base::ErrorCode::kInvalidArgument, "no kernel '{}' for this layer; it has {}",
                    wanted, fmt::join(names, ", "));
}

}  // namespace thimble::plan
