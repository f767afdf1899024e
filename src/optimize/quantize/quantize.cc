#include "optimize/quantize/quantize.h"

#include <algorithm>
#include <set>

#include "ops/op.h"
#include "ops/quantize_values.h"
#include "optimize/layer_names.h"
#include "optimize/quantize/constants.h"
#include "optimize/quantize/equalize.h"
#include "optimize/quantize/float16_network.h"
#include "optimize/quantize/float_network.h"
#include "optimize/quantize/integer_network.h"
#include "optimize/quantize/mixed_network.h"
#include "optimize/quantize/scales.h"
#include "passes/fold_constants.h"
#include "passes/unused.h"

namespace thimble::optimize {
namespace {

using base::ErrorCode;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

DataType activation_type(Scheme scheme) {
  switch (scheme) {
    case Scheme::kFull:
      return DataType::kInt8;
    case Scheme::kInt16x8:
      return DataType::kInt16;
    case Scheme::kMixed:
    case Scheme::kFloat16Weights:
      break;
  }
  return DataType::kFloat32;
}

// Which nodes are quantized: all that can be, but for those to keep.
std::vector<bool> chosen_nodes(const Graph& graph, const QuantizeOptions& options) {
  std::vector<bool> chosen;
  for (const Node& node : graph.nodes) {
    const ops::QuantizeRule& rule = ops::find_op(node.op)->quantize;
    const bool is_kept = std::ranges::count(options.keep_float, node.name) != 0;
    const bool is_float = graph.output(node).type == DataType::kFloat32;
    chosen.push_back(!is_kept && is_float && rule.output != ops::QuantizeRule::Output::kFloat);
  }
  return chosen;
}

double activation_sqnr(const Histogram& seen, const ir::Quantization& scale, DataType type) {
  const double error = mean_squared_error(seen, scale, type);
  return error == 0 ? kNoNoise : seen.mean_square() / error;
}

// The constants of a node that were rounded.
std::optional<double> constants_sqnr(const Graph& before, const Node& source, const Graph& after,
                                     const Node& node) {
  double inverse = 0;
  bool any = false;
  const auto& weights = ops::find_op(source.op)->quantize.weights;
  for (size_t i = 0; i < source.inputs.size(); ++i) {
    const ir::Tensor *x = before.input(source, i), *y = after.input(node, i);
    if (!x || !x->is_constant() || x->type != DataType::kFloat32 || x->elements() == 0) continue;
    if (weights && i == weights->bias) continue;  // 32 bits: next to no noise
    if (x->data == y->data) continue;
    const std::span<const float> before_values = float_values(*x);
    inverse += 1 / (y->type == DataType::kFloat32
                        ? constant_sqnr(before_values, float_values(*y))
                        : constant_sqnr(before_values, ops::dequantized_values(*y)));
    any = true;
  }
  if (!any) return std::nullopt;
  return inverse == 0 ? kNoNoise : 1 / inverse;
}

std::string numbers_of(const Graph& graph, const Node& node) {
  const DataType type = graph.output(node).type;
  const auto& weights = ops::find_op(node.op)->quantize.weights;
  std::string text(ir::type_name(type));
  if (weights && graph.input(node, weights->weights)->type != type)
    text += fmt::format(", {} weights", ir::type_name(graph.input(node, weights->weights)->type));
  return text;
}

// Everything but what is measured. Nodes of both graphs are matched by their first output.
Noise predicted_noise(const Graph& before, const Graph& after,
                      const std::map<ir::TensorId, ir::Quantization>& scales,
                      const Calibration& calibration) {
  Noise noise;
  double inverse = 0;
  auto step = [&](ir::TensorId id) -> std::optional<double> {
    const auto scale = scales.find(id);
    if (scale == scales.end()) return std::nullopt;
    const DataType type = after.tensor(id).type;
    if (type == DataType::kFloat32) return std::nullopt;
    return activation_sqnr(calibration.of(id).histogram, scale->second, type);
  };
  for (ir::TensorId id : before.inputs)
    if (const auto sqnr = step(id)) {
      noise.input = std::min(noise.input.value_or(kNoNoise), *sqnr);
      inverse += 1 / *sqnr;
    }
  for (const Node& source : before.nodes) {
    const auto node = std::ranges::find_if(
        after.nodes, [&](const Node& other) { return other.outputs[0] == source.outputs[0]; });
    LayerNoise layer{.name = source.name, .op = source.op, .numbers = numbers_of(after, *node)};
    layer.weights = constants_sqnr(before, source, after, *node);
    if (ops::find_op(source.op)->quantize.rounds) layer.output = step(source.outputs[0]);
    inverse += 1 / layer.weights.value_or(kNoNoise) + 1 / layer.output.value_or(kNoNoise);
    noise.layers.push_back(std::move(layer));
  }
  noise.predicted = inverse == 0 ? kNoNoise : 1 / inverse;
  return noise;
}

// The constants of the layers' weights, which keep their place in memory from graph to graph.
std::set<const base::Bytes*> weights_data(const Graph& source, const Graph& network,
                                          const std::vector<bool>& layers) {
  std::set<const base::Bytes*> data;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i]) continue;
    const auto& operands = *ops::find_op(source.nodes[i].op)->quantize.weights;
    const auto node = std::ranges::find_if(network.nodes, [&](const Node& other) {
      return other.outputs[0] == source.nodes[i].outputs[0];
    });
    data.insert(network.input(*node, operands.weights)->data.get());
  }
  return data;
}

}  // namespace

Result<Quantized> quantize(const Graph& graph, const QuantizeOptions& options,
                           const OpenSamples& samples, const Progress& progress) {
  THIMBLE_ASSIGN(Graph source, float_network(graph));
  if (options.equalize) {
    THIMBLE_ASSIGN(source, equalize(source));
  }
  THIMBLE_TRY(check_layer_names(source, options.keep_float, "to keep"));
  const std::vector<bool> chosen = chosen_nodes(source, options);

  Quantized result;
  Calibration calibration;
  std::map<ir::TensorId, ir::Quantization> scales;
  std::vector<bool> four_bits;  // by node of the source; empty: none
  std::set<const base::Bytes*> int4_data;
  if (options.int4.which != Int4Options::Which::kNone && options.scheme != Scheme::kFull)
    return base::fail(ErrorCode::kInvalidArgument,
                      "weights of four bits need the scheme of int8 activations");
  if (samples) {
    THIMBLE_ASSIGN(calibration, calibrate(source, samples, progress));
  } else if (activation_type(options.scheme) != DataType::kFloat32) {
    return base::fail(ErrorCode::kInvalidArgument, "integer activations need calibration data");
  }
  Graph written;
  if (options.scheme == Scheme::kMixed) {
    THIMBLE_ASSIGN(written, mixed_network(source, chosen, calibration, options.correct_bias));
  } else if (options.scheme == Scheme::kFloat16Weights) {
    THIMBLE_ASSIGN(written, float16_network(source, chosen));
  } else {
    const DataType type = activation_type(options.scheme);
    scales = activation_scales(source, chosen, calibration, options.calibrator, type);
    IntegerNetworkOptions network{
        .type = type, .float_edges = options.float_edges, .correct_bias = options.correct_bias};
    THIMBLE_ASSIGN(written, integer_network(source, chosen, scales, calibration, network));
    if (options.int4.which != Int4Options::Which::kNone) {
      const Noise noise = predicted_noise(source, written, scales, calibration);
      THIMBLE_ASSIGN(four_bits, int4_layers(source, chosen, noise, options.int4));
      network.four_bits = four_bits;
      THIMBLE_ASSIGN(written, integer_network(source, chosen, scales, calibration, network));
      int4_data = weights_data(source, written, four_bits);
    }
  }
  THIMBLE_ASSIGN(const Graph executed, passes::fold_constants(written));
  result.noise = predicted_noise(source, executed, scales, calibration);
  for (size_t i = 0; i < four_bits.size(); ++i)
    if (four_bits[i]) result.noise.layers[i].numbers += ", int4 weights";
  if (samples)
    THIMBLE_TRY(
        measure_noise(source, executed, samples, options.measured_samples, progress, result.noise));
  THIMBLE_ASSIGN(result.graph, passes::remove_unused(written));
  for (size_t id = 0; id < result.graph.tensors.size(); ++id)
    if (int4_data.contains(result.graph.tensors[id].data.get()))
      result.int4_weights.push_back(static_cast<ir::TensorId>(id));
  result.calibration_samples = calibration.samples;
  return result;
}

}  // namespace thimble::optimize
