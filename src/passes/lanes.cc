#include "passes/lanes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ops/index_constant.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using Links = std::vector<LaneLink>;

LaneLink identity(size_t input, int32_t lanes, int32_t first_output_lane = 0) {
  LaneLink link{input, true, {}};
  for (int32_t lane = 0; lane < lanes; ++lane)
    link.pairs.push_back({first_output_lane + lane, lane});
  return link;
}

std::optional<Links> unary(const Graph& graph, const Node& node) {
  return Links{identity(0, lane_count(graph.output(node)))};
}

std::optional<Links> binary(const Graph& graph, const Node& node) {
  const int32_t lanes = lane_count(graph.output(node));
  Links links;
  for (size_t i : {size_t{0}, size_t{1}}) {
    links.push_back(identity(i, lanes));
    if (lane_count(*graph.input(node, i)) == lanes) continue;
    links.back().together = false;
    for (LanePair& pair : links.back().pairs) pair.input = 0;
  }
  return links;
}

// Elements keep their order, so lanes correspond when one count divides the other.
std::optional<Links> reshape(const Graph& graph, const Node& node) {
  const int32_t in = lane_count(*graph.input(node, 0)), out = lane_count(graph.output(node));
  if (in % out != 0 && out % in != 0) return std::nullopt;
  LaneLink link{0, true, {}};
  for (int32_t lane = 0; lane < std::max(in, out); ++lane)
    link.pairs.push_back({lane % out, lane % in});
  return Links{std::move(link)};
}

std::optional<Links> concatenation(const Graph& graph, const Node& node) {
  const auto axis = node.attributes.get_int("axis");
  const size_t rank = graph.output(node).shape.size();
  const bool along_lanes = axis && ops::resolve_axis(*axis, rank).value_or(0) + 1 == rank;
  Links links;
  int32_t first = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int32_t lanes = lane_count(*graph.input(node, i));
    links.push_back(identity(i, lanes, first));
    if (along_lanes) first += lanes;
  }
  return links;
}

// Unless lanes themselves are added or averaged over.
std::optional<Links> pad(const Graph& graph, const Node& node) {
  if (lane_count(*graph.input(node, 0)) != lane_count(graph.output(node))) return std::nullopt;
  return unary(graph, node);
}

std::optional<Links> mean(const Graph& graph, const Node& node) {
  const size_t rank = graph.input(node, 0)->shape.size();
  const auto axes = ops::read_index_constant(*graph.input(node, 1), "axes");
  if (!axes || rank == 0) return std::nullopt;
  for (int64_t axis : *axes)
    if (ops::resolve_axis(axis, rank).value_or(rank) + 1 >= rank) return std::nullopt;
  return unary(graph, node);
}

struct Row {
  std::string_view op;
  std::optional<Links> (*links)(const Graph&, const Node&);
};
constexpr std::array kRows = {
    Row{"ADD", binary},
    Row{"AVERAGE_POOL_2D", unary},
    Row{"CONCATENATION", concatenation},
    Row{"DEQUANTIZE", unary},
    Row{"LEAKY_RELU", unary},
    Row{"LOGISTIC", unary},
    Row{"MAX_POOL_2D", unary},
    Row{"MEAN", mean},
    Row{"MUL", binary},
    Row{"PAD", pad},
    Row{"PADV2", pad},
    Row{"QUANTIZE", unary},
    Row{"RELU", unary},
    Row{"RELU6", unary},
    Row{"RESHAPE", reshape},
    Row{"SUB", binary},
    Row{"TANH", unary},
};

}  // namespace

int32_t lane_count(const ir::Tensor& tensor) {
  return tensor.shape.empty() ? 1 : tensor.shape.back();
}

bool has_too_many_lanes(const Graph& graph) {
  constexpr int64_t kMaxLanes = 1 << 22;
  int64_t lanes = 0;
  for (const ir::Tensor& tensor : graph.tensors) lanes += lane_count(tensor);
  return lanes > kMaxLanes;
}

std::optional<Links> lane_links(const Graph& graph, const Node& node) {
  const auto* row = std::ranges::find(kRows, node.op, &Row::op);
  return row == kRows.end() ? std::nullopt : row->links(graph, node);
}

}  // namespace thimble::passes
