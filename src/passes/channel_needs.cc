#include "passes/channel_needs.h"

#include "passes/lane_sets.h"
#include "passes/lanes.h"
#include "passes/mac_shape.h"

namespace thimble::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::TensorId;

class Needs {
 public:
  Needs(const Graph& graph, const std::vector<LaneContents>& contents)
      : graph_(graph), contents_(contents), sets_(graph), kept_(sets_.lanes()) {
    for (const ir::Tensor& tensor : graph.tensors)
      uses_.emplace_back(static_cast<size_t>(lane_count(tensor)));
  }

  std::vector<LaneUses> run() {
    for (const Node& node : graph_.nodes) keep_what_cannot_shrink(node);
    for (TensorId id : graph_.inputs) keep_all(id);
    for (TensorId id : graph_.outputs) need_all(id);
    for (TensorId id = 0; id < static_cast<TensorId>(uses_.size()); ++id)
      if (graph_.tensor(id).is_variable) need_all(id);
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) need_inputs(*node);
    for (const Node& node : graph_.nodes) keep_enough(node);
    for (TensorId id = 0; id < static_cast<TensorId>(uses_.size()); ++id)
      for (int32_t lane = 0; lane < lane_count(graph_.tensor(id)); ++lane)
        use(id, lane).kept = kept_[sets_.set_of(id, lane)];
    return std::move(uses_);
  }

 private:
  LaneUse& use(TensorId tensor, int32_t lane) {
    return uses_[static_cast<size_t>(tensor)][static_cast<size_t>(lane)];
  }

  void keep(TensorId tensor, int32_t lane) { kept_[sets_.set_of(tensor, lane)] = true; }

  void keep_all(TensorId tensor) {
    for (int32_t lane = 0; lane < lane_count(graph_.tensor(tensor)); ++lane) keep(tensor, lane);
  }

  void need(TensorId tensor, int32_t lane) {
    use(tensor, lane).needed = true;
    keep(tensor, lane);
  }

  void need_all(TensorId tensor) {
    for (int32_t lane = 0; lane < lane_count(graph_.tensor(tensor)); ++lane) need(tensor, lane);
  }

  // Outputs of operators that say nothing of lanes, and constants in the place of activations,
  // which only an elementwise operator lets shrink.
  void keep_what_cannot_shrink(const Node& node) {
    const bool is_mac = MacShape::of(graph_, node).has_value();
    const auto links = lane_links(graph_, node);
    if (!is_mac && !links)
      for (TensorId id : node.outputs) keep_all(id);
    const ir::Tensor* first = graph_.input(node, 0);
    if (first && first->is_constant() && (is_mac || (links && links->size() == 1)))
      need_all(node.inputs[0]);
  }

  // The node's outputs are complete: what it needs of its inputs.
  void need_inputs(const Node& node) {
    if (const auto mac = MacShape::of(graph_, node)) return need_mac_inputs(node, *mac);
    const auto links = lane_links(graph_, node);
    if (!links) {
      for (TensorId id : node.inputs)
        if (id != ir::kNoTensor) need_all(id);
      return;
    }
    for (const LaneLink& link : *links)
      for (const LanePair& pair : link.pairs)
        if (use(node.outputs[0], pair.output).needed) need(node.inputs[link.input], pair.input);
  }

  void need_mac_inputs(const Node& node, const MacShape& mac) {
    const LaneContents& input = contents_[static_cast<size_t>(node.inputs[0])];
    const LaneContents& output = contents_[static_cast<size_t>(node.outputs[0])];
    const std::vector<TapPlace> places = mac.tap_places();
    for (int32_t out = 0; out < mac.out_lanes; ++out) {
      // A lane of one value comes from the bias alone.
      if (!use(node.outputs[0], out).needed ||
          output[static_cast<size_t>(out)] != LaneContent::kVaries)
        continue;
      for (int32_t in = mac.first_input(out); in < mac.last_input(out); ++in)
        if (!use(node.inputs[0], in).needed &&
            reads(mac, places, out, in, input[static_cast<size_t>(in)]))
          need(node.inputs[0], in);
    }
  }

  // Whether an input lane adds more than a constant to an output lane.
  static bool reads(const MacShape& mac, const std::vector<TapPlace>& places, int32_t out,
                    int32_t in, LaneContent content) {
    if (content == LaneContent::kZero) return false;
    for (int32_t tap = 0; tap < mac.taps(); ++tap) {
      const TapPlace place = places[static_cast<size_t>(tap)];
      const bool varies = place == TapPlace::kEither ||
                          (place == TapPlace::kInside && content == LaneContent::kVaries);
      if (varies && mac.has_weight(out, tap, in)) return true;
    }
    return false;
  }

  // Tensors keep one lane; two, where a single scale would be rescaled in another precision.
  void keep_enough(const Node& node) {
    const auto mac = MacShape::of(graph_, node);
    const bool needs_two = mac && mac->layer.traits.float_scale_product &&
                           mac->layer.weights.quantization.per_channel();
    const int32_t enough = needs_two ? 2 : 1;
    for (TensorId id : node.outputs) {
      const int32_t lanes = lane_count(graph_.tensor(id));
      int32_t kept = 0;
      for (int32_t lane = 0; lane < lanes; ++lane) kept += kept_[sets_.set_of(id, lane)] ? 1 : 0;
      for (int32_t lane = 0; lane < lanes && kept < enough; ++lane) {
        if (kept_[sets_.set_of(id, lane)]) continue;
        keep(id, lane);
        ++kept;
      }
    }
  }

  const Graph& graph_;
  const std::vector<LaneContents>& contents_;
  const LaneSets sets_;
  std::vector<bool> kept_;  // by set
  std::vector<LaneUses> uses_;
};

}  // namespace

std::vector<LaneUses> channel_needs(const Graph& graph, const std::vector<LaneContents>& contents) {
  return Needs(graph, contents).run();
}

}  // namespace thimble::passes
