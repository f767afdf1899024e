#include "passes/dead_channels.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "passes/channel_needs.h"
#include "passes/channel_ranges.h"
#include "passes/lane_contents.h"
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

std::vector<float> float_values(const Tensor& tensor) {
  return {tensor.as<float>(), tensor.as<float>() + tensor.elements()};
}

std::shared_ptr<const base::Bytes> float_data(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return std::make_shared<const base::Bytes>(bytes.begin(), bytes.end());
}

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
        constants_(float_constants(graph)),
        contents_(lane_contents(graph, ranges_, constants_)),
        uses_(channel_needs(graph, contents_)),
        result_(graph) {}

  Graph run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (const auto mac = MacShape::of(graph_, node))
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

  void rewrite_mac(const MacShape& mac, const Node& node, Node& copy) {
    const TensorId input = node.inputs[0], output = node.outputs[0];
    bool changes = false;
    for (int32_t in = 0; in < mac.in_lanes; ++in) changes |= !is_intact(input, in);
    for (int32_t out = 0; out < mac.out_lanes; ++out) changes |= !use(output, out).kept;
    if (!changes) return;

    Folded folded =
        mac.is_integer() ? fold_integers(*MacNode::of(graph_, node), node) : fold_floats(mac, node);
    const Lanes kept_out = kept_lanes(output), kept_in = kept_lanes(input);
    Tensor weights = sliced(folded.weights, mac.layer.traits.channel_axis, kept_out);
    if (!mac.is_depthwise())
      weights = sliced(weights, weights.shape.size() - 1, columns(mac, kept_in));
    else if (!mac.lanes_together())
      copy.attributes.set("depth_multiplier",
                          static_cast<int64_t>(kept_out.size() / kept_in.size()));
    copy.inputs[1] = result_.add_tensor(std::move(weights));
    if (!folded.bias) return;
    copy.inputs.resize(3);
    copy.inputs[2] = result_.add_tensor(sliced(*folded.bias, 0, kept_out));
  }

  // The positions in a row of weights: of a fully connected layer, once for every tap.
  static Lanes columns(const MacShape& mac, const Lanes& kept_in) {
    const ir::Shape& shape = mac.layer.weights.shape;
    Lanes positions;
    for (int32_t first = 0; first < shape.back(); first += mac.in_lanes)
      for (int32_t lane : kept_in) positions.push_back(first + lane);
    return positions;
  }

  // A layer's parameters once no output lane depends on input lanes that lose their values.
  struct Folded {
    Tensor weights;
    std::optional<Tensor> bias;
  };

  // Whether an output lane goes on to read an input lane.
  bool reads(const Node& node, int32_t out, int32_t in) const {
    return is_summed(node, out) && is_intact(node.inputs[0], in);
  }

  // Whether the values of an output lane matter and are more than the bias.
  bool is_summed(const Node& node, int32_t out) const {
    const LaneContents& contents = contents_[static_cast<size_t>(node.outputs[0])];
    return use(node.outputs[0], out).needed &&
           contents[static_cast<size_t>(out)] == LaneContent::kVaries;
  }

  Folded fold_integers(const MacNode& mac, const Node& node) const {
    Tensor weights = mac.layer.weights;
    std::vector<int64_t> values = read_integers(DataType::kInt8, *weights.data);
    std::vector<int64_t> bias = mac.bias;
    for (int32_t out = 0; out < mac.out_lanes; ++out) fold_lane(mac, node, out, values, bias);
    weights.data = std::make_shared<const base::Bytes>(write_integers(DataType::kInt8, values));
    return {std::move(weights), integer_bias(mac, bias)};
  }

  void fold_lane(const MacNode& mac, const Node& node, int32_t out, std::vector<int64_t>& weights,
                 std::vector<int64_t>& bias) const {
    const LaneRanges& in_ranges = ranges_[static_cast<size_t>(node.inputs[0])];
    int64_t& sum = bias[static_cast<size_t>(out)];
    if (contents_[static_cast<size_t>(node.outputs[0])][static_cast<size_t>(out)] !=
        LaneContent::kVaries)  // any sum that leads to the value
      sum = sum_range(mac, out, in_ranges, mac.tap_rows[0], mac.tap_columns[0]).min;
    const std::vector<TapPlace> places = mac.tap_places();
    for (int32_t in = mac.first_input(out); in < mac.last_input(out); ++in) {
      if (reads(node, out, in)) continue;
      const int64_t offset = in_ranges[static_cast<size_t>(in)].min - mac.layer.input.zero_point();
      for (int32_t tap = 0; tap < mac.taps(); ++tap) {
        if (is_summed(node, out) && places[static_cast<size_t>(tap)] == TapPlace::kInside)
          sum += offset * mac.weight(out, tap, in);
        weights[static_cast<size_t>(mac.weight_index(out, tap, in))] =
            mac.layer.weight_zero_point();
      }
    }
  }

  // Nothing where the layer has no bias and needs none.
  std::optional<Tensor> integer_bias(const MacNode& mac, const std::vector<int64_t>& values) const {
    Tensor bias;
    if (mac.layer.bias) {
      bias = *mac.layer.bias;
    } else {
      if (std::ranges::all_of(values, [](int64_t value) { return value == 0; })) return {};
      bias = new_bias(mac);
      bias.quantization = mac.layer.weights.quantization;
      bias.quantization.axis = 0;
      for (float& scale : bias.quantization.scales)  // the product may leave the range of a float
        scale = std::clamp(scale * mac.layer.input.scale(), std::numeric_limits<float>::min(),
                           std::numeric_limits<float>::max());
      std::ranges::fill(bias.quantization.zero_points, 0);
    }
    bias.type = mac.has_narrow_sum() ? DataType::kInt32 : DataType::kInt64;
    bias.data = std::make_shared<const base::Bytes>(write_integers(bias.type, values));
    return bias;
  }

  static Tensor new_bias(const MacShape& mac) {
    Tensor bias;
    bias.name = mac.layer.weights.name + "/bias";
    bias.shape = {mac.out_lanes};
    return bias;
  }

  Folded fold_floats(const MacShape& mac, const Node& node) const {
    std::vector<float> weights = float_values(mac.layer.weights);
    std::vector<float> bias = mac.layer.bias
                                  ? float_values(*mac.layer.bias)
                                  : std::vector<float>(static_cast<size_t>(mac.out_lanes));
    const LaneConstants& inputs = constants_[static_cast<size_t>(node.inputs[0])];
    const LaneConstants& outputs = constants_[static_cast<size_t>(node.outputs[0])];
    const std::vector<TapPlace> places = mac.tap_places();
    for (int32_t out = 0; out < mac.out_lanes; ++out) {
      const std::optional<float> constant = outputs[static_cast<size_t>(out)];
      double sum = double{constant.value_or(bias[static_cast<size_t>(out)])};
      for (int32_t in = mac.first_input(out); in < mac.last_input(out); ++in) {
        if (reads(node, out, in)) continue;
        const double value = double{inputs[static_cast<size_t>(in)].value_or(0.0f)};
        for (int32_t tap = 0; tap < mac.taps(); ++tap) {
          float& weight = weights[static_cast<size_t>(mac.weight_index(out, tap, in))];
          if (is_summed(node, out) && places[static_cast<size_t>(tap)] == TapPlace::kInside)
            sum += value * double{weight};
          weight = 0;
        }
      }
      bias[static_cast<size_t>(out)] = static_cast<float>(sum);
    }
    Folded folded{mac.layer.weights, mac.layer.bias ? *mac.layer.bias : new_bias(mac)};
    folded.weights.data = float_data(weights);
    folded.bias->type = DataType::kFloat32;
    folded.bias->data = float_data(bias);
    return folded;
  }

  const Graph& graph_;
  const std::vector<LaneRanges> ranges_;
  const std::vector<LaneConstants> constants_;
  const std::vector<LaneContents> contents_;
  const std::vector<LaneUses> uses_;
  Graph result_;
};

}  // namespace

base::Result<Graph> remove_dead_channels(const Graph& graph) {
  if (has_too_many_lanes(graph)) return graph;
  return remove_unused(Remover(graph).run());
}

}  // namespace thimble::passes
