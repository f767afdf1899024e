#include "ops/relu_family.h"

#include <cmath>

#include "ops/checks.h"
#include "ops/requantize.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

Result<Requantization> read_requantization(const ir::Tensor& input, const ir::Tensor& output,
                                           Activation activation) {
  Requantization result;
  // The quotient is rounded to float, as in the reference.
  THIMBLE_ASSIGN(result.multiplier, quantize_multiplier(input.scale() / output.scale()));
  result.input_zero_point = input.zero_point();
  result.output_zero_point = output.zero_point();
  result.range = activation_range(activation, output);
  return result;
}

}  // namespace

Result<> verify_relu(const Graph& graph, const Node& node, Activation activation) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  THIMBLE_TRY(check_same_type(input, output));
  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  if (ir::is_integer(input.type)) THIMBLE_TRY(read_requantization(input, output, activation));
  return {};
}

Result<std::vector<ir::Shape>> infer_relu_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

Cost relu_cost(const Graph& graph, const Node& node, Activation activation) {
  const FloatRange range = activation_range(activation);
  const uint64_t per_element =
      (std::isfinite(range.min) ? 1u : 0u) + (std::isfinite(range.max) ? 1u : 0u);
  return {.flops = per_element * static_cast<uint64_t>(graph.output(node).elements())};
}

Result<> execute_relu(const ExecContext& context, Activation activation) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const ir::Tensor& output = context.graph.output(context.node);
  if (ir::is_integer(input.type)) {
    THIMBLE_ASSIGN(const Requantization requantization,
                   read_requantization(input, output, activation));
    execute_requantize(context, requantization);
    return {};
  }
  const FloatRange range = activation_range(activation);
  const float* in = context.in<float>(0);
  float* out = context.out<float>();
  for (int64_t i = 0; i < output.elements(); ++i)
    out[i] = in[i] < range.min ? range.min : in[i] > range.max ? range.max : in[i];
  return {};
}

Result<Lowerings> lower_relu(const Graph& graph, const Node& node, const LowerTarget& target,
                             Activation activation) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  if (ir::is_integer(input.type)) {
    THIMBLE_ASSIGN(const Requantization requantization,
                   read_requantization(input, output, activation));
    return lower_requantize(graph, node, target, requantization);
  }
  const FloatRange range = activation_range(activation);
  KernelCall call;
  call.function = "clamp_f32_ref";
  call.params_type = "ClampF32Params";
  call.header = "kernels/activation/kernel.h";
  call.source = "kernels/activation/clamp_ref.cc";
  call.fields = {{"count", output.elements()}, {"float_min", range.min}, {"float_max", range.max}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = Overlap{}};
}

}  // namespace thimble::ops
