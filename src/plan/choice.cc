#include "plan/choice.h"

#include <algorithm>

#include "ops/op.h"
#include "ops/sparse_rows.h"

namespace thimble::plan {

namespace {

size_t bytes_of(const ops::Constant& constant, const ir::Graph& graph) {
  return constant.tensor == ir::kNoTensor ? constant.bytes.size()
                                          : graph.tensor(constant.tensor).bytes();
}

}  // namespace

size_t table_bytes(const ops::Lowering& lowering, const ir::Graph& graph) {
  size_t bytes = 0;
  for (const ops::KernelCall& call : lowering.calls)
    for (const ops::Constant& constant : call.constants) bytes += bytes_of(constant, graph);
  return bytes;
}

size_t weights_bytes(const ops::Lowering& lowering, const ir::Graph& graph) {
  size_t bytes = 0;
  for (const ops::KernelCall& call : lowering.calls)
    for (const ops::Constant& constant : call.constants)
      if (constant.is_weights) bytes += bytes_of(constant, graph);
  return bytes;
}

base::Result<ops::Lowerings> lower_node(const ir::Graph& graph, const ir::Node& node,
                                        const ops::LowerTarget& target, SparseUse sparse) {
  THIMBLE_ASSIGN(ops::Lowerings lowerings, ops::find_op(node.op)->lower(graph, node, target));
  const auto is_sparse = [](const ops::Lowering& way) {
    return way.variant == ops::kSparseVariant;
  };
  const bool unwanted = sparse == SparseUse::kNever;
  const auto bytes = [&](const ops::Lowering& way) { return table_bytes(way, graph); };
  // Four bits may take less.
  if (sparse == SparseUse::kAlways &&
      !is_sparse(*std::ranges::min_element(lowerings.ways, {}, bytes)))
    return lowerings;
  if (sparse != SparseUse::kAuto && std::ranges::any_of(lowerings.ways, is_sparse))
    std::erase_if(lowerings.ways,
                  [&](const ops::Lowering& way) { return is_sparse(way) == unwanted; });
  return lowerings;
}

std::vector<const ops::Lowering*> allowed_ways(const ops::Lowerings& lowerings,
                                               const ir::Graph& graph, Preference prefer) {
  size_t limit = SIZE_MAX;
  if (prefer == Preference::kSize)
    for (const ops::Lowering& way : lowerings.ways)
      limit = std::min(limit, table_bytes(way, graph));
  // The last way has the weights as the model stores them, or fewer bytes and hardly more time.
  // Padding and tables per channel are no expansion, so small layers get an allowance.
  if (prefer == Preference::kBalanced)
    limit = table_bytes(lowerings.ways.back(), graph) * 3 / 2 + 256;
  std::vector<const ops::Lowering*> allowed;
  for (const ops::Lowering& way : lowerings.ways)
    if (table_bytes(way, graph) <= limit) allowed.push_back(&way);
  return allowed;
}

base::Result<uint64_t> least_table_bytes(const ir::Graph& graph, const ops::LowerTarget& target,
                                         SparseUse sparse) {
  uint64_t bytes = 0;
  for (const ir::Node& node : graph.nodes) {
    THIMBLE_ASSIGN(const ops::Lowerings ways, lower_node(graph, node, target, sparse));
    bytes += table_bytes(*allowed_ways(ways, graph, Preference::kSize).front(), graph);
  }
  return bytes;
}

base::Result<ops::Lowering> choose(const ops::Lowerings& lowerings, const ir::Graph& graph,
                                   size_t node, const Choices& choices) {
  if (node >= choices.layers.size() || choices.layers[node].variant.empty())
    return *allowed_ways(lowerings, graph, choices.prefer).front();
  const std::string& wanted = choices.layers[node].variant;
  auto found = std::ranges::find(lowerings.ways, wanted, &ops::Lowering::variant);
  if (found != lowerings.ways.end()) return *found;
  std::vector<std::string_view> names;
  for (const ops::Lowering& way : lowerings.ways) names.push_back(way.variant);
  return base::fail(base::ErrorCode::kInvalidArgument, "no kernel '{}' for this layer; it has {}",
                    wanted, fmt::join(names, ", "));
}

}  // namespace thimble::plan
