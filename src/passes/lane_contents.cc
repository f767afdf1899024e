#include "passes/lane_contents.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "passes/lanes.h"
#include "passes/probe.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Tensor;
using ir::TensorId;

size_t lanes_of(const Tensor& tensor) {
  return static_cast<size_t>(lane_count(tensor));
}

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph) {
    for (const Tensor& tensor : graph.tensors)
      constants_.emplace_back(tensor.type == DataType::kFloat32 ? lanes_of(tensor) : 0);
  }

  std::vector<LaneConstants> run() {
    for (const Node& node : graph_.nodes) {
      if (graph_.output(node).type != DataType::kFloat32) continue;
      LaneConstants& result = of(node.outputs[0]);
      if (const auto mac = MacShape::of(graph_, node)) {
        const ops::FloatRange range = ops::activation_range(*ops::read_activation(node));
        const std::vector<TapPlace> places = mac->tap_places();
        for (int32_t out = 0; out < mac->out_lanes; ++out)
          result[static_cast<size_t>(out)] =
              output_of(*mac, places, range, out, of(node.inputs[0]));
      } else if (const auto links = lane_links(graph_, node)) {
        result = executed(node, *links);
      }
    }
    return std::move(constants_);
  }

 private:
  LaneConstants& of(TensorId id) { return constants_[static_cast<size_t>(id)]; }

  // The value of an output lane that reads constants, if anything, and never now one of them, now
  // padding.
  static std::optional<float> output_of(const MacShape& mac, const std::vector<TapPlace>& places,
                                        ops::FloatRange range, int32_t out,
                                        const LaneConstants& input) {
    double sum = mac.layer.bias ? double{mac.layer.bias->as<float>()[out]} : 0.0;
    for (int32_t in = mac.first_input(out); in < mac.last_input(out); ++in) {
      const std::optional<float> value = input[static_cast<size_t>(in)];
      if (value == 0.0f) continue;
      for (int32_t tap = 0; tap < mac.taps(); ++tap) {
        const TapPlace place = places[static_cast<size_t>(tap)];
        if (place == TapPlace::kPadding || !mac.has_weight(out, tap, in)) continue;
        if (!value || place == TapPlace::kEither) return std::nullopt;
        sum +=
            double{*value} * double{mac.layer.weights.as<float>()[mac.weight_index(out, tap, in)]};
      }
    }
    const float result = std::clamp(static_cast<float>(sum), range.min, range.max);
    return std::isfinite(result) ? std::optional(result) : std::nullopt;
  }

  // Lanes made of nothing but constants, by executing the node on those.
  LaneConstants executed(const Node& node, const std::vector<LaneLink>& links) {
    const Tensor& output = graph_.output(node);
    std::vector<bool> is_fixed(lanes_of(output), true);
    for (const LaneLink& link : links) {
      const TensorId id = node.inputs[link.input];
      const Tensor& input = graph_.tensor(id);
      if (input.type != DataType::kFloat32) return LaneConstants(lanes_of(output));
      for (const LanePair& pair : link.pairs)
        if (!input.is_constant() && !of(id)[static_cast<size_t>(pair.input)])
          is_fixed[static_cast<size_t>(pair.output)] = false;
    }
    for (size_t i = links.size(); i < node.inputs.size(); ++i)
      if (const Tensor* operand = graph_.input(node, i); operand && !operand->is_constant())
        return LaneConstants(lanes_of(output));  // a shape, say, that is known when it runs
    LaneConstants result(lanes_of(output));
    if (std::ranges::count(is_fixed, true) == 0) return result;

    const std::vector<float> values = execute(node, links);
    for (size_t lane = 0; lane < result.size(); ++lane) {
      if (!is_fixed[lane] || !std::isfinite(values[lane])) continue;
      bool is_single = true;
      for (size_t i = lane; i < values.size(); i += result.size())
        is_single &= values[i] == values[lane];
      if (is_single) result[lane] = values[lane];
    }
    return result;
  }

  // Varying lanes are 0. Operands that no link names are constants.
  std::vector<float> execute(const Node& node, const std::vector<LaneLink>& links) {
    std::vector<Operand> operands(links.size());
    for (const LaneLink& link : links) {
      CHECK(link.input < operands.size(), "{}", node.op);
      const Tensor& tensor = *graph_.input(node, link.input);
      Operand& operand = operands[link.input];
      operand.shape = tensor.shape;
      if (tensor.is_constant()) {
        operand.bytes = *tensor.data;
        continue;
      }
      const LaneConstants& lanes = of(node.inputs[link.input]);
      std::vector<float> values(static_cast<size_t>(tensor.elements()));
      for (size_t i = 0; i < values.size(); ++i) values[i] = lanes[i % lanes.size()].value_or(0.0f);
      const auto bytes = std::as_bytes(std::span(values));
      operand.bytes.assign(bytes.begin(), bytes.end());
    }
    const base::Bytes bytes = execute_alone(graph_, node, std::move(operands)).bytes;
    std::vector<float> result(bytes.size() / sizeof(float));
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }

  const Graph& graph_;
  std::vector<LaneConstants> constants_;
};

}  // namespace

std::vector<LaneConstants> float_constants(const Graph& graph) {
  return Finder(graph).run();
}

std::vector<LaneContents> lane_contents(const Graph& graph, const std::vector<LaneRanges>& ranges,
                                        const std::vector<LaneConstants>& constants) {
  std::vector<LaneContents> contents;
  for (size_t id = 0; id < graph.tensors.size(); ++id) {
    const Tensor& tensor = graph.tensors[id];
    const int32_t zero = tensor.quantization.present() ? tensor.zero_point() : 0;
    LaneContents lanes(lanes_of(tensor), LaneContent::kVaries);
    for (size_t lane = 0; lane < lanes.size(); ++lane) {
      bool is_single = false, is_zero = false;
      if (!ranges[id].empty()) {
        is_single = ranges[id][lane].is_single();
        is_zero = ranges[id][lane].min == zero;
      } else if (!constants[id].empty()) {
        is_single = constants[id][lane].has_value();
        is_zero = constants[id][lane] == 0.0f;
      }
      if (is_single) lanes[lane] = is_zero ? LaneContent::kZero : LaneContent::kConstant;
    }
    contents.push_back(std::move(lanes));
  }
  return contents;
}

}  // namespace thimble::passes
