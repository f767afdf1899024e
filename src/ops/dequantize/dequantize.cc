// DEQUANTIZE: integers or half-precision floats to float.
//
// inputs: any shape. scale * (x - zero_point); half precision is exact, and only for constants:
// networks store weights in it, they do not compute in it.
#include "base/half.h"
#include "ops/checks.h"
#include "ops/op.h"
#include "ops/requantize.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  using enum DataType;
  THIMBLE_TRY(check_type(input, "input", {kInt8, kUInt8, kInt16, kFloat16}));
  THIMBLE_TRY(check_type(graph.output(node), "output", {kFloat32}));
  return input.type == kFloat16 ? check_constant(input, "float16 input")
                                : check_affine_quantization(input, "input");
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

Cost cost(const Graph& graph, const Node& node) {
  const auto elements = static_cast<uint64_t>(graph.output(node).elements());
  return {.flops = graph.input(node, 0)->type == DataType::kFloat16 ? elements : 2 * elements};
}

template <typename T>
void dequantize(const ExecContext& context, const ir::Tensor& input) {
  const T* in = context.in<T>(0);
  float* out = context.out<float>();
  for (int64_t i = 0; i < input.elements(); ++i)
    out[i] = input.scale() * static_cast<float>(in[i] - input.zero_point());
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  switch (input.type) {
    case DataType::kInt8:
      dequantize<int8_t>(context, input);
      break;
    case DataType::kUInt8:
      dequantize<uint8_t>(context, input);
      break;
    case DataType::kInt16:
      dequantize<int16_t>(context, input);
      break;
    default:
      for (int64_t i = 0; i < input.elements(); ++i)
        context.out<float>()[i] = base::float_of_half(context.in<uint16_t>(0)[i]);
  }
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  const ir::Tensor& input = *graph.input(node, 0);
  KernelCall call;
  call.function = fmt::format("dequantize_{}_ref", kernel_suffix(input.type));
  call.params_type = "QuantizeParams";
  call.header = "kernels/quantize/kernel.h";
  call.source = "kernels/quantize/dequantize_ref.cc";
  call.fields = {{"count", input.elements()}};
  if (input.type != DataType::kFloat16) {
    call.fields.push_back({"scale", input.scale()});
    call.fields.push_back({"zero_point", input.zero_point()});
  }
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  Lowering lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
  // Each element is read before it is written, three bytes farther ahead with each; bytes only, so
  // that the compiler does not take the two for apart.
  if (ir::type_bytes(input.type) == 1)
    lowering.overlap = Overlap{.lead_bytes = 3 * std::max<int64_t>(input.elements() - 1, 0)};
  return lowering;
}

}  // namespace

extern const OpInfo k_dequantize{"DEQUANTIZE", verify, infer_shapes, cost,
                                 execute,      lower,  kStaysFloat};

}  // namespace thimble::ops
