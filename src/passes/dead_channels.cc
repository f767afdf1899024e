#include "passes/dead_channels.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "passes/channel_needs.h"
#include "passes/channel_ranges.h"
#include "passes/lanes.h"
#include "passes/mac_node.h"
#include "passes/probe.h"
#include "passes/unused.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorId;

using Lanes = std::vector<int32_t>;  // ascending

// Keeps some positions of the dimension `axis` of a constant.
Tensor sliced(const Tensor& tensor, size_t axis, const Lanes& positions) {
  Tensor result = tensor;
  result.shape[axis] = static_cast<int32_t>(positions.size());
  size_t inner = ir::type_bytes(tensor.type), outer = 1;
  for (size_t d = 0; d < tensor.shape.size(); ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : static_cast<size_t>(tensor.shape[d]);
  base::Bytes bytes;
  bytes.reserve(result.bytes());
  for (size_t o = 0; o < outer; ++o)
    for (int32_t position : positions) {
      const auto* from =
          tensor.data->data() +
          (o * static_cast<size_t>(tensor.shape[axis]) + static_cast<size_t>(position)) * inner;
      bytes.insert(bytes.end(), from, from + inner);
    }
  result.data = std::make_shared<const base::Bytes>(std::move(bytes));
  ir::Quantization& q = result.quantization;
  if (q.per_channel() && q.axis == static_cast<int32_t>(axis)) {
    q = {{}, {}, q.axis};
    for (int32_t position : positions) {
      q.scales.push_back(tensor.quantization.scales[static_cast<size_t>(position)]);
      q.zero_points.push_back(tensor.quantization.zero_points[static_cast<size_t>(position)]);
    }
  }
  return result;
}

class Remover {
 public:
  explicit Remover(const Graph& graph)
      : graph_(graph),
        ranges_(channel_ranges(graph)),
        uses_(channel_needs(graph, ranges_)),
        result_(graph) {}

  Graph run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (const auto mac = MacNode::of(graph_, node))
        rewrite_mac(*mac, node, result_.nodes[i]);
      else
        rewrite_linked(node, result_.nodes[i]);
      for (TensorId id : node.outputs) {
        const auto lanes = static_cast<int32_t>(kept_lanes(id).size());
        if (lanes < lane_count(graph_.tensor(id))) result_.tensor(id).shape.back() = lanes;
      }
    }
    return std::move(result_);
  }

 private:
  const LaneUse& use(TensorId tensor, int32_t lane) const {
    return uses_[static_cast<size_t>(tensor)][static_cast<size_t>(lane)];
  }

  Lanes kept_lanes(TensorId tensor) const {
    Lanes lanes;
    for (int32_t lane = 0; lane < lane_count(graph_.tensor(tensor)); ++lane)
      if (use(tensor, lane).kept) lanes.push_back(lane);
    return lanes;
  }

  // Operands that are constants follow the lanes of the output.
  void rewrite_linked(const Node& node, Node& copy) {
    const TensorId output = node.outputs[0];
    const bool shrinks =
        static_cast<int32_t>(kept_lanes(output).size()) < lane_count(graph_.output(node));
    // The shape of the output decides, not the operand.
    if (node.op == "RESHAPE" && shrinks) copy.inputs.resize(1);
    for (const LaneLink& link : lane_links(graph_, node).value_or(std::vector<LaneLink>{})) {
      const Tensor& operand = *graph_.input(node, link.input);
      if (!operand.is_constant() || !link.together) continue;
      Lanes lanes;
      for (const LanePair& pair : link.pairs)
        if (use(output, pair.output).kept) lanes.push_back(pair.input);
      if (lanes.size() < link.pairs.size())
        copy.inputs[link.input] =
            result_.add_tensor(sliced(operand, operand.shape.size() - 1, lanes));
    }
  }

  // A lane that exists with the values it had.
  bool is_intact(TensorId tensor, int32_t lane) const {
    return use(tensor, lane).kept && use(tensor, lane).needed;
  }

  void rewrite_mac(const MacNode& mac, const Node& node, Node& copy) {
    const TensorId input = node.inputs[0], output = node.outputs[0];
    bool changes = false;
    for (int32_t in = 0; in < mac.in_lanes; ++in) changes |= !is_intact(input, in);
    for (int32_t out = 0; out < mac.out_lanes; ++out) changes |= !use(output, out).kept;
    if (!changes) return;

    Tensor weights = mac.layer.weights;
    std::vector<int64_t> values = read_integers(DataType::kInt8, *weights.data);
    std::vector<int64_t> bias = mac.bias;
    for (int32_t out = 0; out < mac.out_lanes; ++out) fold_lane(mac, node, out, values, bias);
    weights.data = std::make_shared<const base::Bytes>(write_integers(DataType::kInt8, values));

    const Lanes kept_out = kept_lanes(output), kept_in = kept_lanes(input);
    weights = sliced(weights, mac.layer.traits.channel_axis, kept_out);
    if (!mac.is_depthwise())
      weights = sliced(weights, weights.shape.size() - 1, columns(mac, kept_in));
    else if (!mac.lanes_together())
      copy.attributes.set("depth_multiplier",
                          static_cast<int64_t>(kept_out.size() / kept_in.size()));
    copy.inputs[1] = result_.add_tensor(std::move(weights));
    rewrite_bias(mac, bias, kept_out, copy);
  }

  // The positions in a row of weights: of a fully connected layer, once for every tap.
  static Lanes columns(const MacNode& mac, const Lanes& kept_in) {
    const ir::Shape& shape = mac.layer.weights.shape;
    Lanes positions;
    for (int32_t first = 0; first < shape.back(); first += mac.in_lanes)
      for (int32_t lane : kept_in) positions.push_back(first + lane);
    return positions;
  }

  // Makes an output lane independent of the input lanes that lose their values.
  void fold_lane(const MacNode& mac, const Node& node, int32_t out, std::vector<int64_t>& weights,
                 std::vector<int64_t>& bias) const {
    const TensorId input = node.inputs[0], output = node.outputs[0];
    const LaneRanges& in_ranges = ranges_[static_cast<size_t>(input)];
    int64_t& sum = bias[static_cast<size_t>(out)];
    const bool is_needed = use(output, out).needed;
    const bool is_single =
        ranges_[static_cast<size_t>(output)][static_cast<size_t>(out)].is_single();
    if (is_single)  // any sum that leads to the value
      sum = sum_range(mac, out, in_ranges, mac.tap_rows[0], mac.tap_columns[0]).min;
    const std::vector<TapPlace> places = mac.tap_places();
    for (int32_t in = mac.first_input(out); in < mac.last_input(out); ++in) {
      const bool reads = is_needed && !is_single;
      if (reads && is_intact(input, in)) continue;
      const int64_t offset = in_ranges[static_cast<size_t>(in)].min - mac.layer.input.zero_point();
      for (int32_t tap = 0; tap < mac.taps(); ++tap) {
        if (reads && places[static_cast<size_t>(tap)] == TapPlace::kInside)
          sum += offset * mac.weight(out, tap, in);
        weights[static_cast<size_t>(mac.weight_index(out, tap, in))] =
            mac.layer.weight_zero_point();
      }
    }
  }

  void rewrite_bias(const MacNode& mac, const std::vector<int64_t>& values, const Lanes& kept_out,
                    Node& copy) {
    Tensor bias;
    if (mac.layer.bias) {
      bias = *mac.layer.bias;
    } else {
      if (std::ranges::all_of(values, [](int64_t value) { return value == 0; })) return;
      bias.name = mac.layer.weights.name + "/bias";
      bias.shape = {mac.out_lanes};
      bias.quantization = mac.layer.weights.quantization;
      bias.quantization.axis = 0;
      for (float& scale : bias.quantization.scales)  // the product may leave the range of a float
        scale = std::clamp(scale * mac.layer.input.scale(), std::numeric_limits<float>::min(),
                           std::numeric_limits<float>::max());
      std::ranges::fill(bias.quantization.zero_points, 0);
    }
    bias.type = mac.has_narrow_sum() ? DataType::kInt32 : DataType::kInt64;
    bias.data = std::make_shared<const base::Bytes>(write_integers(bias.type, values));
    copy.inputs.resize(3);
    copy.inputs[2] = result_.add_tensor(sliced(bias, 0, kept_out));
  }

  const Graph& graph_;
  const std::vector<LaneRanges> ranges_;
  const std::vector<LaneUses> uses_;
  Graph result_;
};

// More lanes than this are no network, and would take long.
bool has_too_many_lanes(const Graph& graph) {
  constexpr int64_t kMaxLanes = 1 << 22;
  int64_t lanes = 0;
  for (const Tensor& tensor : graph.tensors) lanes += lane_count(tensor);
  return lanes > kMaxLanes;
}

}  // namespace

base::Result<Graph> remove_dead_channels(const Graph& graph) {
  if (has_too_many_lanes(graph)) return graph;
  return remove_unused(Remover(graph).run());
}

}  // namespace thimble::passes
