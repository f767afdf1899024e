#include "passes/fold_padding.h"

#include <algorithm>

#include "ops/index_constant.h"
#include "ops/window.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ops::WindowAxis;

// The borders above, below, left and right; empty when others are padded too, or widely.
std::vector<int64_t> image_pads(const Graph& graph, const Node& pad) {
  constexpr int64_t kMaxPad = 1 << 16;  // that of a convolution
  const auto paddings = ops::read_index_constant(*graph.input(pad, 1), "paddings");
  if (!paddings || paddings->size() != 8) return {};
  const std::vector<int64_t>& p = *paddings;
  if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return {};
  std::vector<int64_t> pads(p.begin() + 2, p.begin() + 6);
  if (std::ranges::any_of(pads, [](int64_t value) { return value > kMaxPad; })) return {};
  return pads;
}

bool is_convolution(const Node& node) {
  return node.op == "CONV_2D" || node.op == "DEPTHWISE_CONV_2D";
}

// Whether "same" means exactly these borders, as far as the window reaches.
base::Result<bool> is_same_padding(const Graph& graph, const Node& node, const ir::Shape& image,
                                   const std::vector<int64_t>& pads) {
  THIMBLE_ASSIGN(const ops::Stride stride, ops::read_stride(node));
  THIMBLE_ASSIGN(const ops::Stride dilation, ops::read_dilation(node));
  const ir::Shape& filter = graph.input(node, 1)->shape;
  const ir::Shape& output = graph.output(node).shape;
  using enum ops::Padding;
  const WindowAxis h = ops::window_axis(kSame, image[1], filter[1], stride.h, dilation.h);
  const WindowAxis w = ops::window_axis(kSame, image[2], filter[2], stride.w, dilation.w);
  return h.output == output[1] && w.output == output[2] && h.pad_before == pads[0] &&
         w.pad_before == pads[2];
}

}  // namespace

base::Result<Graph> fold_padding(const Graph& graph) {
  const Uses uses(graph);
  Graph result = graph;
  for (Node& node : result.nodes) {
    if (!is_convolution(node)) continue;
    THIMBLE_ASSIGN(const std::string padding, node.attributes.get_string("padding"));
    const auto producer = uses.producer(node.inputs[0]);
    if (padding != "valid" || !producer || !uses.is_read_once(node.inputs[0])) continue;
    const Node& pad = graph.nodes[*producer];
    // A variable may change between the two.
    if (pad.op != "PAD" || graph.input(pad, 0)->is_variable) continue;
    const std::vector<int64_t> pads = image_pads(graph, pad);
    if (pads.empty()) continue;
    node.inputs[0] = pad.inputs[0];
    THIMBLE_ASSIGN(const bool is_same,
                   is_same_padding(graph, node, graph.input(pad, 0)->shape, pads));
    node.attributes.set("padding", std::string(is_same ? "same" : "explicit"));
    if (!is_same) node.attributes.set("pads", pads);
  }
  return remove_unused(result);
}

}  // namespace thimble::passes
