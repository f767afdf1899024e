// LEAKY_RELU: x where it is positive, alpha * x elsewhere, element by element.
//
// inputs: any shape; attributes: alpha, any sign. The output may have another scale than the input.
#include <algorithm>
#include <cmath>

#include "ops/checks.h"
#include "ops/lookup_table.h"
#include "ops/op.h"
#include "ops/quantization.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

struct IntegerArithmetic {
  int32_t input_zero_point = 0, output_zero_point = 0;
  QuantizedMultiplier positive, negative;  // factors of x >= 0 and of x < 0; the latter has a sign
  IntegerRange range{};

  int32_t apply(int32_t x) const {
    x -= input_zero_point;
    int64_t result = multiply_by_quantized_multiplier(x, x >= 0 ? positive : negative);
    return static_cast<int32_t>(
        std::clamp<int64_t>(result + output_zero_point, range.min, range.max));
  }
};

Result<float> read_alpha(const Node& node) {
  THIMBLE_ASSIGN(double alpha, node.attributes.get_float("alpha"));
  if (!std::isfinite(alpha)) return base::fail(base::ErrorCode::kMalformed, "alpha is {}", alpha);
  return static_cast<float>(alpha);
}

// The factors are rounded to float, as in the reference.
Result<IntegerArithmetic> integer_arithmetic(const Graph& graph, const Node& node) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_ASSIGN(float alpha, read_alpha(node));
  IntegerArithmetic result;
  result.input_zero_point = input.zero_point();
  result.output_zero_point = output.zero_point();
  THIMBLE_ASSIGN(result.positive, quantize_multiplier(input.scale() / output.scale()));
  THIMBLE_ASSIGN(result.negative,
                 quantize_multiplier(input.scale() * std::abs(alpha) / output.scale()));
  if (alpha < 0) result.negative.multiplier = -result.negative.multiplier;
  result.range = type_range(output.type);
  return result;
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  THIMBLE_TRY(check_same_type(input, output));
  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  THIMBLE_TRY(read_alpha(node));
  if (ir::is_integer(input.type)) THIMBLE_TRY(integer_arithmetic(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

// A comparison and a multiplication per element.
Cost cost(const Graph& graph, const Node& node) {
  return {.flops = 2 * static_cast<uint64_t>(graph.output(node).elements())};
}

Int8Table int8_table(const IntegerArithmetic& arithmetic) {
  return make_int8_table([&](int32_t x) { return arithmetic.apply(x); });
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& output = context.graph.output(context.node);
  if (output.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(const float alpha, read_alpha(context.node));
    const float* in = context.in<float>(0);
    for (int64_t i = 0; i < output.elements(); ++i)
      context.out<float>()[i] = in[i] > 0 ? in[i] : in[i] * alpha;
    return {};
  }
  THIMBLE_ASSIGN(const IntegerArithmetic arithmetic,
                 integer_arithmetic(context.graph, context.node));
  if (output.type == DataType::kInt8) {
    execute_lookup(context, int8_table(arithmetic));
  } else {
    const int16_t* in = context.in<int16_t>(0);
    for (int64_t i = 0; i < output.elements(); ++i)
      context.out<int16_t>()[i] = static_cast<int16_t>(arithmetic.apply(in[i]));
  }
  return {};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  const ir::Tensor& output = graph.output(node);
  KernelCall call;
  call.header = "kernels/activation/kernel.h";
  call.fields = {{"count", output.elements()}};
  if (output.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(const float alpha, read_alpha(node));
    call.function = "leaky_relu_f32_ref";
    call.params_type = "LeakyReluF32Params";
    call.fields.push_back({"alpha", alpha});
  } else {
    THIMBLE_ASSIGN(const IntegerArithmetic arithmetic, integer_arithmetic(graph, node));
    if (output.type == DataType::kInt8) return lower_lookup(graph, node, int8_table(arithmetic));
    call.function = "leaky_relu_s16_ref";
    call.params_type = "LeakyReluS16Params";
    const Field fields[] = {{"positive_multiplier", arithmetic.positive.multiplier},
                            {"positive_shift", arithmetic.positive.shift},
                            {"negative_multiplier", arithmetic.negative.multiplier},
                            {"negative_shift", arithmetic.negative.shift}};
    call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
  }
  call.source = "kernels/activation/leaky_relu_ref.cc";
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = Overlap{}};
}

}  // namespace

extern const OpInfo k_leaky_relu{"LEAKY_RELU", verify, infer_shapes, cost,
                                 execute,      lower,  kOwnScale};

}  // namespace thimble::ops
