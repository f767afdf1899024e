#include "passes/fold_padding.h"

#include <algorithm>
#include <optional>

#include "ops/index_constant.h"
#include "ops/window.h"
#include "passes/unused.h"
#include "passes/uses.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ops::WindowAxis;

constexpr int64_t kMaxPad = 1 << 16;  // that a convolution takes

struct Padding {
  std::string name;           // attribute "padding"
  std::vector<int64_t> pads;  // attribute "pads" of explicit padding
};

// The borders above, below, left and right; empty when other dimensions are padded.
std::vector<int64_t> image_pads(const Graph& graph, const Node& pad) {
  const auto paddings = ops::read_index_constant(*graph.input(pad, 1), "paddings");
  if (!paddings || paddings->size() != 8) return {};
  const std::vector<int64_t>& p = *paddings;
  if (p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return {};
  return {p.begin() + 2, p.begin() + 6};
}

bool is_convolution(const Node& node) {
  return node.op == "CONV_2D" || node.op == "DEPTHWISE_CONV_2D";
}

// The padding attributes of a convolution that reads `image` with these borders around it. Nothing
// when a window could lie in a border entirely: kernels need not expect that.
base::Result<std::optional<Padding>> padding_for(const Graph& graph, const Node& node,
                                                 const ir::Shape& image,
                                                 const std::vector<int64_t>& pads) {
  THIMBLE_ASSIGN(const ops::Stride stride, ops::read_stride(node));
  THIMBLE_ASSIGN(const ops::Stride dilation, ops::read_dilation(node));
  const ir::Shape& filter = graph.input(node, 1)->shape;
  const int64_t reach_h = (int64_t{filter[1]} - 1) * dilation.h;
  const int64_t reach_w = (int64_t{filter[2]} - 1) * dilation.w;
  if (std::max(pads[0], pads[1]) > reach_h || std::max(pads[2], pads[3]) > reach_w ||
      std::ranges::any_of(pads, [](int64_t pad) { return pad > kMaxPad; }))
    return std::nullopt;
  const ir::Shape& output = graph.output(node).shape;
  const WindowAxis h =
      ops::window_axis(ops::Padding::kSame, image[1], filter[1], stride.h, dilation.h);
  const WindowAxis w =
      ops::window_axis(ops::Padding::kSame, image[2], filter[2], stride.w, dilation.w);
  const bool is_same = h.output == output[1] && w.output == output[2] && h.pad_before == pads[0] &&
                       w.pad_before == pads[2];
  return is_same ? Padding{"same", {}} : Padding{"explicit", pads};
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
    THIMBLE_ASSIGN(const std::optional<Padding> own,
                   padding_for(graph, node, graph.input(pad, 0)->shape, pads));
    if (!own) continue;
    node.inputs[0] = pad.inputs[0];
    node.attributes.set("padding", own->name);
    if (!own->pads.empty()) node.attributes.set("pads", own->pads);
  }
  return remove_unused(result);
}

}  // namespace thimble::passes
