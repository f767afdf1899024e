// QUANTIZE: float to integer, or integers to another scale, zero point or type.
//
// inputs: any shape. From float, x / scale is rounded to nearest, halves away from zero, and values
// beyond the type's range (or not a number) go to its ends.
#include <algorithm>
#include <cmath>

#include "ops/checks.h"
#include "ops/op.h"
#include "ops/requantize.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

Result<Requantization> read_requantization(const ir::Tensor& input, const ir::Tensor& output) {
  Requantization result;
  THIMBLE_ASSIGN(result.multiplier,
                 quantize_multiplier(double{input.scale()} / double{output.scale()}));
  result.input_zero_point = input.zero_point();
  result.output_zero_point = output.zero_point();
  result.range = type_range(output.type);
  return result;
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  using enum DataType;
  THIMBLE_TRY(check_type(input, "input", {kFloat32, kInt8, kUInt8, kInt16, kInt32}));
  switch (input.type) {
    case kFloat32:
      THIMBLE_TRY(check_type(output, "output of a float input", {kInt8, kUInt8, kInt16}));
      break;
    case kInt8:
      THIMBLE_TRY(check_type(output, "output of an int8 input", {kInt8, kUInt8, kInt16, kInt32}));
      break;
    case kUInt8:
      THIMBLE_TRY(check_type(output, "output of a uint8 input", {kInt8}));
      break;
    case kInt16:
      THIMBLE_TRY(check_type(output, "output of an int16 input", {kInt8, kInt16, kInt32}));
      break;
    default:
      THIMBLE_TRY(check_type(output, "output of an int32 input", {kInt8, kInt16}));
      break;
  }
  THIMBLE_TRY(check_affine_quantization(output, "output"));
  if (input.type == kFloat32) return {};
  THIMBLE_TRY(check_affine_quantization(input, "input"));
  THIMBLE_TRY(read_requantization(input, output));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

// Scale and zero point: a multiplication and an addition per element.
Cost cost(const Graph& graph, const Node& node) {
  return {.flops = 2 * static_cast<uint64_t>(graph.output(node).elements())};
}

template <typename T>
void quantize(const ExecContext& context, const ir::Tensor& output) {
  const float* in = context.in<float>(0);
  T* out = context.out<T>();
  const IntegerRange range = type_range(output.type);
  const auto low = static_cast<float>(range.min - output.zero_point());
  const auto high = static_cast<float>(range.max - output.zero_point());
  for (int64_t i = 0; i < output.elements(); ++i) {
    const float real = std::round(in[i] / output.scale());
    // Written so that a NaN becomes the lowest value.
    const float clamped = !(real > low) ? low : std::min(real, high);
    out[i] = static_cast<T>(static_cast<int32_t>(clamped) + output.zero_point());
  }
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const ir::Tensor& output = context.graph.output(context.node);
  if (input.type != DataType::kFloat32) {
    THIMBLE_ASSIGN(Requantization requantization, read_requantization(input, output));
    execute_requantize(context, requantization);
  } else if (output.type == DataType::kInt8) {
    quantize<int8_t>(context, output);
  } else if (output.type == DataType::kUInt8) {
    quantize<uint8_t>(context, output);
  } else {
    quantize<int16_t>(context, output);
  }
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  if (input.type != DataType::kFloat32) {
    THIMBLE_ASSIGN(Requantization requantization, read_requantization(input, output));
    return lower_requantize(graph, node, target, requantization);
  }
  KernelCall call;
  call.function = fmt::format("quantize_f32_{}_ref", kernel_suffix(output.type));
  call.params_type = "QuantizeParams";
  call.header = "kernels/quantize/kernel.h";
  call.source = "kernels/quantize/quantize_ref.cc";
  call.fields = {
      {"count", output.elements()}, {"scale", output.scale()}, {"zero_point", output.zero_point()}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  Lowering lowering;
  lowering.calls = {std::move(call)};
  // Output elements are smaller, so they only overwrite inputs that were read. Only one-byte types
  // may share memory with floats in C++.
  if (ir::type_bytes(output.type) == 1) lowering.overlap = Overlap{};
  return lowering;
}

}  // namespace

extern const OpInfo k_quantize{"QUANTIZE", verify, infer_shapes, cost, execute, lower, kStaysFloat};

}  // namespace thimble::ops
