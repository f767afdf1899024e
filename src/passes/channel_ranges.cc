#include "passes/channel_ranges.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "passes/lanes.h"
#include "passes/probe.h"

namespace thimble::passes {
namespace {

using ir::DataType;
using ir::Graph;
using ir::Node;
using ir::Tensor;

bool has_ranges(DataType type) {
  return type == DataType::kInt8 || type == DataType::kUInt8 || type == DataType::kInt16 ||
         type == DataType::kInt32;
}

// Any value of the type in every lane.
LaneRanges full_ranges(const Tensor& tensor) {
  if (!has_ranges(tensor.type)) return {};
  const ops::IntegerRange range = ops::type_range(tensor.type);
  return LaneRanges(static_cast<size_t>(lane_count(tensor)), Range{range.min, range.max});
}

LaneRanges constant_ranges(const Tensor& tensor) {
  if (!has_ranges(tensor.type)) return {};
  LaneRanges ranges(static_cast<size_t>(lane_count(tensor)), Range{INT64_MAX, INT64_MIN});
  size_t i = 0;
  for (int64_t value : read_integers(tensor.type, *tensor.data)) {
    Range& range = ranges[i++ % ranges.size()];
    range = {std::min(range.min, value), std::max(range.max, value)};
  }
  return ranges;
}

Range hull(const Range& a, const Range& b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max)};
}

Range clamp(const Range& range, ops::IntegerRange to) {
  return {std::clamp<int64_t>(range.min, to.min, to.max),
          std::clamp<int64_t>(range.max, to.min, to.max)};
}

// What a node's output can hold, from what its inputs can. All inputs have ranges.
class NodeRanges {
 public:
  NodeRanges(const Graph& graph, const Node& node, const std::vector<LaneLink>& links,
             const std::vector<LaneRanges>& ranges)
      : graph_(graph), node_(node), links_(links), ranges_(ranges), output_(graph.output(node)) {}

  // Values are copied from lane to lane.
  LaneRanges copied() const {
    LaneRanges result(static_cast<size_t>(lane_count(output_)), Range{INT64_MAX, INT64_MIN});
    for (const LaneLink& link : links_)
      for (const LanePair& pair : link.pairs) {
        Range& range = result[static_cast<size_t>(pair.output)];
        range = hull(range, input(link, pair));
      }
    return result;
  }

  // The largest or the rounded mean of some of them: both stay between their smallest and largest.
  LaneRanges pooled() const {
    LaneRanges result = copied();
    const ops::IntegerRange allowed = activation_range();
    for (Range& range : result) range = clamp(range, allowed);
    return result;
  }

  LaneRanges padded() const {
    const Tensor* operand = graph_.input(node_, 2);
    const Range border = operand ? constant_ranges(*operand)[0]
                         : output_.quantization.present()
                             ? Range{output_.zero_point(), output_.zero_point()}
                             : Range{0, 0};
    LaneRanges result = copied();
    for (Range& range : result) range = hull(range, border);
    return result;
  }

  // A function of one element of 8 bits, whatever its form.
  LaneRanges mapped() const {
    const Tensor& in = *graph_.input(node_, 0);
    if (ir::type_bytes(in.type) != 1) return full_ranges(output_);
    const ops::IntegerRange domain = ops::type_range(in.type);
    std::vector<int64_t> arguments;
    for (int32_t value = domain.min; value <= domain.max; ++value) arguments.push_back(value);
    const std::vector<int64_t> image = probe(graph_, node_, {{{256}, arguments}});
    LaneRanges result = copied();
    for (Range& range : result) {
      const auto [min, max] = std::minmax_element(image.begin() + (range.min - domain.min),
                                                  image.begin() + (range.max - domain.min) + 1);
      range = {*min, *max};
    }
    return result;
  }

  // ADD and SUB grow and fall with either operand, so the ends are reached at the four corners.
  LaneRanges at_corners() const {
    const int32_t lanes = lane_count(output_);
    ProbeInput a{{4, lanes}, {}}, b{{4, lanes}, {}};
    for (int corner = 0; corner < 4; ++corner)
      for (int32_t lane = 0; lane < lanes; ++lane) {
        const auto l = static_cast<size_t>(lane);
        const Range x = input(links_[0], links_[0].pairs[l]);
        const Range y = input(links_[1], links_[1].pairs[l]);
        a.values.push_back(corner & 1 ? x.max : x.min);
        b.values.push_back(corner & 2 ? y.max : y.min);
      }
    const std::vector<int64_t> values = probe(graph_, node_, {a, b});
    LaneRanges result(static_cast<size_t>(lanes), Range{INT64_MAX, INT64_MIN});
    for (size_t i = 0; i < values.size(); ++i) {
      Range& range = result[i % result.size()];
      range = hull(range, {values[i], values[i]});
    }
    return result;
  }

  LaneRanges clamped() const {
    const ops::IntegerRange range = activation_range();
    return LaneRanges(static_cast<size_t>(lane_count(output_)), Range{range.min, range.max});
  }

  // A mean is largest when all its elements are.
  LaneRanges averaged() const {
    const Tensor& in = *graph_.input(node_, 0);
    constexpr int64_t kMaxElements = 1 << 20;  // for the time it takes
    const double largest_sum = 65535.0 * static_cast<double>(in.elements());
    const bool may_wrap = largest_sum * std::max(1.0f, in.scale() / output_.scale()) > 0x1p30;
    if (in.elements() > kMaxElements || may_wrap) return full_ranges(output_);
    LaneRanges result = copied();
    auto at_end = [&](int64_t Range::*end) {
      ProbeInput input{in.shape, {}};
      for (int64_t i = 0; i < in.elements(); ++i)
        input.values.push_back(result[static_cast<size_t>(i) % result.size()].*end);
      return probe(graph_, node_, {input});
    };
    const std::vector<int64_t> low = at_end(&Range::min), high = at_end(&Range::max);
    for (size_t lane = 0; lane < result.size(); ++lane) result[lane] = {low[lane], high[lane]};
    return result;
  }

 private:
  Range input(const LaneLink& link, const LanePair& pair) const {
    const auto id = static_cast<size_t>(node_.inputs[link.input]);
    return ranges_[id][static_cast<size_t>(pair.input)];
  }

  ops::IntegerRange activation_range() const {
    const auto activation = ops::read_activation(node_);
    CHECK(activation, "{}", node_.op);
    return ops::activation_range(*activation, output_);
  }

  const Graph& graph_;
  const Node& node_;
  const std::vector<LaneLink>& links_;
  const std::vector<LaneRanges>& ranges_;
  const Tensor& output_;
};

struct Rule {
  std::string_view op;
  LaneRanges (NodeRanges::*ranges)() const;
};
constexpr std::array kRules = {
    Rule{"ADD", &NodeRanges::at_corners},       Rule{"AVERAGE_POOL_2D", &NodeRanges::pooled},
    Rule{"CONCATENATION", &NodeRanges::copied}, Rule{"LEAKY_RELU", &NodeRanges::mapped},
    Rule{"LOGISTIC", &NodeRanges::mapped},      Rule{"MAX_POOL_2D", &NodeRanges::pooled},
    Rule{"MEAN", &NodeRanges::averaged},        Rule{"MUL", &NodeRanges::clamped},
    Rule{"PAD", &NodeRanges::padded},           Rule{"PADV2", &NodeRanges::padded},
    Rule{"QUANTIZE", &NodeRanges::mapped},      Rule{"RELU", &NodeRanges::mapped},
    Rule{"RELU6", &NodeRanges::mapped},         Rule{"RESHAPE", &NodeRanges::copied},
    Rule{"SUB", &NodeRanges::at_corners},       Rule{"TANH", &NodeRanges::mapped},
};

// Whether rescaling wraps around for this sum, or for one nearer to 0.
bool may_wrap(const MacNode& mac, ops::QuantizedMultiplier multiplier, int64_t sum) {
  if (!mac.has_narrow_sum())
    return std::ldexp(std::abs(static_cast<double>(sum)), multiplier.shift) >= 0x1p30;
  auto fits = [](int64_t value) { return value >= INT32_MIN && value <= INT32_MAX; };
  if (!fits(sum) || !fits(sum * (int64_t{1} << std::max(multiplier.shift, 0)))) return true;
  const int64_t scaled =
      ops::multiply_by_quantized_multiplier(static_cast<int32_t>(sum), multiplier);
  return !fits(scaled + mac.stage.zero_point);
}

// The output of one lane for sums in a range: it grows with the sum.
Range output_range(const MacNode& mac, int32_t out, const Range& sums) {
  const ops::QuantizedMultiplier multiplier = mac.stage.multipliers[static_cast<size_t>(out)];
  if (may_wrap(mac, multiplier, sums.min) || may_wrap(mac, multiplier, sums.max))
    return {mac.stage.range.min, mac.stage.range.max};
  auto apply = [&](int64_t sum) -> int64_t {
    return mac.has_narrow_sum() ? mac.stage.apply(static_cast<int32_t>(sum), out)
                                : mac.stage.apply(sum, out);
  };
  return {apply(sums.min), apply(sums.max)};
}

// Sums over the taps, with prefix sums so that every kind of output pixel costs the same.
class TapSums {
 public:
  TapSums(const MacNode& mac, int32_t out, const LaneRanges& input)
      : mac_(mac), bias_(mac.bias[static_cast<size_t>(out)]), width_(mac.taps_w + 1) {
    prefix_.resize(static_cast<size_t>(mac.taps_h + 1) * static_cast<size_t>(width_), Range{0, 0});
    for (int32_t h = 0; h < mac.taps_h; ++h)
      for (int32_t w = 0; w < mac.taps_w; ++w) {
        const Range here = tap(out, h * mac.taps_w + w, input);
        Range& sum = prefix_[index(h + 1, w + 1)];
        sum = add(add(here, at(h, w + 1)), subtract(at(h + 1, w), at(h, w)));
      }
  }

  Range operator()(TapInterval row, TapInterval column) const {
    const Range sum = add(subtract(at(row.last, column.last), at(row.first, column.last)),
                          subtract(at(row.first, column.first), at(row.last, column.first)));
    return {sum.min + bias_, sum.max + bias_};
  }

 private:
  static Range add(const Range& a, const Range& b) { return {a.min + b.min, a.max + b.max}; }
  static Range subtract(const Range& a, const Range& b) { return {a.min - b.min, a.max - b.max}; }

  Range tap(int32_t out, int32_t tap, const LaneRanges& input) const {
    Range sum{0, 0};
    for (int32_t in = mac_.first_input(out); in < mac_.last_input(out); ++in) {
      const int64_t weight = mac_.weight(out, tap, in), zero = mac_.layer.input.zero_point();
      const Range& lane = input[static_cast<size_t>(in)];
      const int64_t a = weight * (lane.min - zero), b = weight * (lane.max - zero);
      sum = add(sum, {std::min(a, b), std::max(a, b)});
    }
    return sum;
  }

  size_t index(int32_t h, int32_t w) const {
    return static_cast<size_t>(h) * static_cast<size_t>(width_) + static_cast<size_t>(w);
  }
  Range at(int32_t h, int32_t w) const { return prefix_[index(h, w)]; }

  const MacNode& mac_;
  int64_t bias_;
  int32_t width_;
  std::vector<Range> prefix_;
};

LaneRanges mac_ranges(const MacNode& mac, const LaneRanges& input) {
  LaneRanges result;
  for (int32_t out = 0; out < mac.out_lanes; ++out) {
    const TapSums sums(mac, out, input);
    Range range{INT64_MAX, INT64_MIN};
    for (const TapInterval& row : mac.tap_rows)
      for (const TapInterval& column : mac.tap_columns)
        range = hull(range, output_range(mac, out, sums(row, column)));
    result.push_back(range);
  }
  return result;
}

LaneRanges node_ranges(const Graph& graph, const Node& node, std::vector<LaneRanges>& ranges) {
  const Tensor& output = graph.output(node);
  auto known = [&](size_t i) -> const LaneRanges& {
    LaneRanges& input = ranges[static_cast<size_t>(node.inputs[i])];
    const Tensor& tensor = *graph.input(node, i);
    if (input.empty() && tensor.is_constant()) input = constant_ranges(tensor);
    return input;
  };
  if (const auto mac = MacNode::of(graph, node))
    return known(0).empty() ? full_ranges(output) : mac_ranges(*mac, known(0));
  const auto* rule = std::ranges::find(kRules, node.op, &Rule::op);
  const auto links = lane_links(graph, node);
  if (rule == kRules.end() || !links || !has_ranges(output.type)) return full_ranges(output);
  for (const LaneLink& link : *links)
    if (known(link.input).empty()) return full_ranges(output);
  return (NodeRanges(graph, node, *links, ranges).*rule->ranges)();
}

}  // namespace

Range sum_range(const MacNode& mac, int32_t out, const LaneRanges& input, TapInterval row,
                TapInterval column) {
  return TapSums(mac, out, input)(row, column);
}

std::vector<LaneRanges> channel_ranges(const Graph& graph) {
  std::vector<LaneRanges> ranges(graph.tensors.size());
  for (ir::TensorId id : graph.inputs)
    ranges[static_cast<size_t>(id)] = full_ranges(graph.tensor(id));
  for (const Node& node : graph.nodes) {
    for (ir::TensorId id : node.inputs)
      if (id != ir::kNoTensor && graph.tensor(id).is_variable)
        ranges[static_cast<size_t>(id)] = full_ranges(graph.tensor(id));
    LaneRanges first = node_ranges(graph, node, ranges);
    for (ir::TensorId id : node.outputs)
      ranges[static_cast<size_t>(id)] = full_ranges(graph.tensor(id));
    ranges[static_cast<size_t>(node.outputs[0])] = std::move(first);
  }
  return ranges;
}

}  // namespace thimble::passes
