#include "ops/requantize.h"

#include <algorithm>

#include "base/check.h"
#include "ops/lookup_table.h"

namespace thimble::ops {
namespace {

int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

template <typename In, typename Out>
void requantize(const ExecContext& context, const Requantization& requantization) {
  const In* in = context.in<In>(0);
  Out* out = context.out<Out>();
  const int64_t count = context.graph.output(context.node).elements();
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<Out>(requantization.apply(in[i]));
}

// Calls f(T{}) with the C++ type of an integer tensor.
template <typename F>
void with_integer_type(ir::DataType type, F f) {
  switch (type) {
    case ir::DataType::kInt8:
      return f(int8_t{});
    case ir::DataType::kUInt8:
      return f(uint8_t{});
    case ir::DataType::kInt16:
      return f(int16_t{});
    case ir::DataType::kInt32:
      return f(int32_t{});
    default:
      CHECK(false, "{}", ir::type_name(type));
  }
}

}  // namespace

int32_t Requantization::apply(int32_t x) const {
  const int32_t centred =
      static_cast<int32_t>(static_cast<uint32_t>(x) - static_cast<uint32_t>(input_zero_point));
  const int32_t scaled = multiply_by_quantized_multiplier(centred, multiplier);
  return std::max(range.min, std::min(range.max, wrapping_add(scaled, output_zero_point)));
}

base::Result<> check_affine_quantization(const ir::Tensor& tensor, std::string_view what) {
  const ir::Quantization& q = tensor.quantization;
  if (q.scales.size() != 1)
    return base::fail(base::ErrorCode::kMalformed, "{} ({}) is {} with {} scales, expected one",
                      what, tensor.name, ir::type_name(tensor.type), q.scales.size());
  const IntegerRange range = type_range(tensor.type);
  if (q.zero_points[0] < range.min || q.zero_points[0] > range.max)
    return base::fail(base::ErrorCode::kMalformed,
                      "{} ({}) has the zero point {}, expected {} to {} for {}", what, tensor.name,
                      q.zero_points[0], range.min, range.max, ir::type_name(tensor.type));
  return {};
}

void execute_requantize(const ExecContext& context, const Requantization& requantization) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const ir::Tensor& output = context.graph.output(context.node);
  with_integer_type(input.type, [&]<typename In>(In) {
    with_integer_type(output.type,
                      [&]<typename Out>(Out) { requantize<In, Out>(context, requantization); });
  });
}

Lowerings lower_requantize(const ir::Graph& graph, const ir::Node& node, const LowerTarget& target,
                           const Requantization& requantization) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  KernelCall call;
  call.function =
      fmt::format("requantize_{}_{}_ref", kernel_suffix(input.type), kernel_suffix(output.type));
  call.params_type = "RequantizeParams";
  call.header = "kernels/quantize/kernel.h";
  call.source = "kernels/quantize/requantize_ref.cc";
  call.fields = {{"count", output.elements()},
                 {"input_zero_point", requantization.input_zero_point},
                 {"output_zero_point", requantization.output_zero_point},
                 {"multiplier", requantization.multiplier.multiplier},
                 {"shift", requantization.multiplier.shift},
                 {"min", requantization.range.min},
                 {"max", requantization.range.max}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  Lowering lowering;
  lowering.calls = {std::move(call)};
  if (input.type == output.type) lowering.overlap = Overlap{};
  if (!target.optimized || input.type != ir::DataType::kInt8 || output.type != ir::DataType::kInt8)
    return lowering;
  Lowering by_table = lower_lookup(
      graph, node, make_int8_table([&](int32_t x) { return requantization.apply(x); }));
  by_table.variant = "table";
  return Lowerings({std::move(by_table), std::move(lowering)});
}

std::string_view kernel_suffix(ir::DataType type) {
  switch (type) {
    case ir::DataType::kFloat32:
      return "f32";
    case ir::DataType::kFloat16:
      return "f16";
    case ir::DataType::kInt8:
      return "s8";
    case ir::DataType::kUInt8:
      return "u8";
    case ir::DataType::kInt16:
      return "s16";
    case ir::DataType::kInt32:
      return "s32";
    default:
      CHECK(false, "no kernels for {}", ir::type_name(type));
  }
}

}  // namespace thimble::ops
