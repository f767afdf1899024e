#include "ops/binary_elementwise.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "ops/broadcast.h"
#include "ops/checks.h"
#include "ops/quantization.h"
#include "ops/requantize.h"
#include "ops/scaled_sum.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

struct IntegerArithmetic {
  int32_t a_zero_point = 0, b_zero_point = 0, output_zero_point = 0;
  int32_t left_shift = 0;    // ADD and SUB
  QuantizedMultiplier a, b;  // ADD and SUB
  QuantizedMultiplier output;
  IntegerRange range{};

  int32_t apply(BinaryOp op, int32_t x, int32_t y) const {
    x -= a_zero_point;
    y -= b_zero_point;
    int32_t result;
    if (op == BinaryOp::kMul) {
      result = x * y;
    } else {
      x = multiply_by_quantized_multiplier(x * (1 << left_shift), a);
      y = multiply_by_quantized_multiplier(y * (1 << left_shift), b);
      result = op == BinaryOp::kAdd ? x + y : x - y;
    }
    const auto scaled = static_cast<uint32_t>(multiply_by_quantized_multiplier(result, output));
    const auto shifted = static_cast<int32_t>(scaled + static_cast<uint32_t>(output_zero_point));
    return std::min(std::max(shifted, range.min), range.max);
  }
};

// Factors of the common scale. TensorFlow Lite Micro computes them in double for ADD and in float
// for SUB.
struct CommonScaleFactors {
  double a, b, output;
};

template <typename Real>
CommonScaleFactors common_scale_factors(Real a, Real b, Real output, int32_t left_shift) {
  const Real common = 2 * std::max(a, b);
  const Real unit = static_cast<Real>(1 << left_shift);
  return {double{a / common}, double{b / common}, double{common / (unit * output)}};
}

Result<IntegerArithmetic> integer_arithmetic(const Graph& graph, const Node& node, BinaryOp op) {
  const ir::Tensor& a = *graph.input(node, 0);
  const ir::Tensor& b = *graph.input(node, 1);
  const ir::Tensor& output = graph.output(node);
  IntegerArithmetic result;
  result.a_zero_point = a.zero_point();
  result.b_zero_point = b.zero_point();
  result.output_zero_point = output.zero_point();
  THIMBLE_ASSIGN(Activation activation, read_activation(node));
  result.range = activation_range(activation, output);
  if (op == BinaryOp::kMul) {
    const double factor = double{a.scale()} * double{b.scale()} / double{output.scale()};
    THIMBLE_ASSIGN(result.output, quantize_multiplier(factor));
    return result;
  }
  result.left_shift = output.type == DataType::kInt16 ? 15 : 20;
  const CommonScaleFactors factors =
      op == BinaryOp::kAdd
          ? common_scale_factors<double>(a.scale(), b.scale(), output.scale(), result.left_shift)
          : common_scale_factors<float>(a.scale(), b.scale(), output.scale(), result.left_shift);
  THIMBLE_ASSIGN(result.a, quantize_multiplier(factors.a));
  THIMBLE_ASSIGN(result.b, quantize_multiplier(factors.b));
  THIMBLE_ASSIGN(result.output, quantize_multiplier(factors.output));
  if (result.output.shift > 0)
    return base::fail(ErrorCode::kUnsupported,
                      "the output scale {} is too small for the input scales {} and {}",
                      output.scale(), a.scale(), b.scale());
  return result;
}

Broadcast broadcast_of(const Graph& graph, const Node& node) {
  auto broadcast = Broadcast::of(graph.input(node, 0)->shape, graph.input(node, 1)->shape);
  CHECK(broadcast, "{}", broadcast.error().to_string());
  return std::move(*broadcast);
}

template <typename T>
void execute_integer(const ExecContext& context, BinaryOp op, const IntegerArithmetic& arithmetic) {
  const T *a = context.in<T>(0), *b = context.in<T>(1);
  T* out = context.out<T>();
  broadcast_of(context.graph, context.node).for_each([&](int64_t i, int64_t j) {
    *out++ = static_cast<T>(arithmetic.apply(op, a[i], b[j]));
  });
}

void execute_float(const ExecContext& context, BinaryOp op, FloatRange range) {
  const float *a = context.in<float>(0), *b = context.in<float>(1);
  float* out = context.out<float>();
  broadcast_of(context.graph, context.node).for_each([&](int64_t i, int64_t j) {
    const float result = op == BinaryOp::kAdd   ? a[i] + b[j]
                         : op == BinaryOp::kSub ? a[i] - b[j]
                                                : a[i] * b[j];
    *out++ = std::min(std::max(result, range.min), range.max);
  });
}

std::string_view kernel_name(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "add";
    case BinaryOp::kSub:
      return "sub";
    case BinaryOp::kMul:
      return "mul";
  }
  CHECK(false);
}

}  // namespace

Result<> verify_binary(const Graph& graph, const Node& node, BinaryOp op) {
  THIMBLE_TRY(check_arity(node, 2, 2));
  const ir::Tensor& a = *graph.input(node, 0);
  const ir::Tensor& b = *graph.input(node, 1);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(a, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  THIMBLE_TRY(check_same_type(a, b));
  THIMBLE_TRY(check_same_type(a, output));
  THIMBLE_TRY(check_per_tensor_quantization(a, "input 0"));
  THIMBLE_TRY(check_per_tensor_quantization(b, "input 1"));
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  THIMBLE_TRY(read_activation(node));
  THIMBLE_TRY(Broadcast::of(a.shape, b.shape));
  if (ir::is_integer(a.type)) THIMBLE_TRY(integer_arithmetic(graph, node, op));
  return {};
}

Result<std::vector<ir::Shape>> infer_binary_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{broadcast_of(graph, node).output};
}

Cost binary_cost(const Graph& graph, const Node& node) {
  const auto activation = read_activation(node);
  CHECK(activation, "{}", node.op);
  const FloatRange range = activation_range(*activation);
  const uint64_t per_output =
      1u + (std::isfinite(range.min) ? 1u : 0u) + (std::isfinite(range.max) ? 1u : 0u);
  return {.flops = per_output * static_cast<uint64_t>(graph.output(node).elements())};
}

Result<> execute_binary(const ExecContext& context, BinaryOp op) {
  const DataType type = context.graph.output(context.node).type;
  if (type == DataType::kFloat32) {
    THIMBLE_ASSIGN(Activation activation, read_activation(context.node));
    execute_float(context, op, activation_range(activation));
    return {};
  }
  THIMBLE_ASSIGN(IntegerArithmetic arithmetic, integer_arithmetic(context.graph, context.node, op));
  if (type == DataType::kInt8)
    execute_integer<int8_t>(context, op, arithmetic);
  else
    execute_integer<int16_t>(context, op, arithmetic);
  return {};
}

namespace {

bool is_clamped(IntegerRange range) {
  return range.min > INT8_MIN || range.max < INT8_MAX;
}

// The whole factor of an operand, as the integers have it.
double real_factor(const IntegerArithmetic& arithmetic, const QuantizedMultiplier& input) {
  const QuantizedMultiplier& output = arithmetic.output;
  return std::ldexp(static_cast<double>(input.multiplier), input.shift - 31) *
         std::ldexp(static_cast<double>(output.multiplier),
                    output.shift - 31 + arithmetic.left_shift);
}

std::optional<KernelCall> scaled_sum_call(const IntegerArithmetic& arithmetic, BinaryOp op,
                                          int64_t count) {
  std::vector<int8_t> results;
  for (int32_t x = -128; x < 128; ++x)
    for (int32_t y = -128; y < 128; ++y)
      results.push_back(static_cast<int8_t>(arithmetic.apply(op, x, y)));
  const double b_sign = op == BinaryOp::kSub ? -1 : 1;
  const ScaledSumGoal goal = {.a = real_factor(arithmetic, arithmetic.a),
                              .b = b_sign * real_factor(arithmetic, arithmetic.b),
                              .a_zero_point = arithmetic.a_zero_point,
                              .b_zero_point = arithmetic.b_zero_point,
                              .range = arithmetic.range,
                              .results = std::span<const int8_t, kBytePairs>(results)};
  const std::optional<ScaledSum> sum = find_scaled_sum(goal);
  if (!sum) return std::nullopt;
  // Without a step in between, offset and rounding are one number.
  const int32_t offset = sum->rounds_away ? sum->offset : sum->offset + sum->rounding;
  KernelCall call;
  call.function = fmt::format("scaled_sum_s8<{}, {}, {}>", sum->shift, sum->rounds_away,
                              is_clamped(arithmetic.range));
  call.params_type = "ScaledSumParams";
  call.header = "kernels/elementwise/scaled_sum.h";
  call.fields = {{"count", count},
                 {"a_factor", sum->a_factor},
                 {"b_factor", sum->b_factor},
                 {"offset", offset},
                 {"rounds_away", sum->rounds_away ? 1 : 0},
                 {"rounding", sum->rounds_away ? sum->rounding : 0},
                 {"shift", sum->shift},
                 {"min", arithmetic.range.min},
                 {"max", arithmetic.range.max},
                 {"is_clamped", is_clamped(arithmetic.range) ? 1 : 0}};
  return call;
}

// The same numbers for the kernel that looks products up.
KernelCall with_tables(KernelCall call) {
  const auto is_shift = [](const Field& field) { return field.name == "shift"; };
  call.function =
      fmt::format("scaled_sum_s8_tables<{}>",
                  std::get<int64_t>(std::ranges::find_if(call.fields, is_shift)->value));
  call.header = "kernels/elementwise/scaled_sum_tables.h";
  call.scratch_bytes = 2 * 256 * sizeof(int32_t);
  return call;
}

// By the definition, each operand's term looked up. For sums that are worth two tables.
std::optional<KernelCall> sum_tables_call(const IntegerArithmetic& arithmetic, BinaryOp op,
                                          int64_t count) {
  constexpr int64_t kLeastCount = 512;
  constexpr int32_t kLargestShift = 22;  // the zero point, shifted, stays within 30 bits
  const int32_t shift = -arithmetic.output.shift;
  if (count < kLeastCount || shift < 1 || shift > kLargestShift) return std::nullopt;
  KernelCall call;
  call.function = fmt::format("sum_s8_tables<{}>", shift);
  call.params_type = "SumTablesParams";
  call.header = "kernels/elementwise/sum_tables.h";
  call.scratch_bytes = 2 * 256 * sizeof(int32_t);
  call.fields = {{"count", count},
                 {"a_zero_point", arithmetic.a_zero_point},
                 {"b_zero_point", arithmetic.b_zero_point},
                 {"left_shift", arithmetic.left_shift},
                 {"a_multiplier", arithmetic.a.multiplier},
                 {"a_shift", arithmetic.a.shift},
                 {"b_multiplier", arithmetic.b.multiplier},
                 {"b_shift", arithmetic.b.shift},
                 {"b_sign", op == BinaryOp::kSub ? -1 : 1},
                 {"output_multiplier", arithmetic.output.multiplier},
                 {"output_shift", arithmetic.output.shift},
                 {"rounding", (2 * arithmetic.output_zero_point + 1) * (1 << (shift - 1))},
                 {"min", arithmetic.range.min},
                 {"max", arithmetic.range.max},
                 {"is_clamped", is_clamped(arithmetic.range) ? 1 : 0}};
  return call;
}

std::optional<KernelCall> product_call(const IntegerArithmetic& arithmetic, int64_t count) {
  constexpr int32_t kLargestShift = 22;  // the zero point, shifted, stays within 30 bits
  const int32_t shift = -arithmetic.output.shift;
  if (shift < 1 || shift > kLargestShift) return std::nullopt;
  KernelCall call;
  call.function = fmt::format("product_s8<{}, {}>", shift, is_clamped(arithmetic.range));
  call.params_type = "ProductParams";
  call.header = "kernels/elementwise/product.h";
  call.fields = {{"count", count},
                 {"a_zero_point", arithmetic.a_zero_point},
                 {"b_zero_point", arithmetic.b_zero_point},
                 {"multiplier", arithmetic.output.multiplier},
                 {"shift", shift},
                 {"rounding", arithmetic.output_zero_point * (1 << shift) + (1 << (shift - 1))},
                 {"min", arithmetic.range.min},
                 {"max", arithmetic.range.max},
                 {"is_clamped", is_clamped(arithmetic.range) ? 1 : 0}};
  return call;
}

struct NamedCall {
  KernelCall call;
  std::string variant;
};

// The fastest for int8 operands of which neither repeats; nothing for what is too unusual.
Result<std::optional<NamedCall>> flat_call(const Graph& graph, const Node& node, BinaryOp op,
                                           const LowerTarget& target) {
  const ir::Tensor& output = graph.output(node);
  const int64_t count = output.elements();
  if (output.type != DataType::kInt8 || graph.input(node, 0)->elements() != count ||
      graph.input(node, 1)->elements() != count || (op == BinaryOp::kMul && !target.dsp))
    return std::nullopt;
  THIMBLE_ASSIGN(const IntegerArithmetic arithmetic, integer_arithmetic(graph, node, op));
  if (op == BinaryOp::kMul) {
    auto call = product_call(arithmetic, count);
    return call ? std::optional(NamedCall{std::move(*call), "words"}) : std::nullopt;
  }
  if (auto call = scaled_sum_call(arithmetic, op, count))
    return target.dsp ? NamedCall{std::move(*call), "words"}
                      : NamedCall{with_tables(std::move(*call)), "tables"};
  auto call = sum_tables_call(arithmetic, op, count);
  return call ? std::optional(NamedCall{std::move(*call), "terms"}) : std::nullopt;
}

}  // namespace

Result<Lowerings> lower_binary(const Graph& graph, const Node& node, const LowerTarget& target,
                               BinaryOp op) {
  const ir::Tensor& output = graph.output(node);
  const Broadcast broadcast = broadcast_of(graph, node);
  auto list = [](const auto& array) { return std::vector<int64_t>(array.begin(), array.end()); };
  KernelCall call;
  call.function = fmt::format("{}_{}_ref", kernel_name(op), kernel_suffix(output.type));
  call.params_type = "BinaryParams";
  call.header = "kernels/elementwise/kernel.h";
  call.source = fmt::format("kernels/elementwise/{}_ref.cc", kernel_name(op));
  call.fields = {{"extents", list(broadcast.extents)},
                 {"a_strides", list(broadcast.a_strides)},
                 {"b_strides", list(broadcast.b_strides)}};
  if (output.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(Activation activation, read_activation(node));
    const FloatRange range = activation_range(activation);
    call.fields.push_back({"float_min", range.min});
    call.fields.push_back({"float_max", range.max});
  } else {
    THIMBLE_ASSIGN(IntegerArithmetic arithmetic, integer_arithmetic(graph, node, op));
    const Field fields[] = {{"a_zero_point", arithmetic.a_zero_point},
                            {"b_zero_point", arithmetic.b_zero_point},
                            {"output_zero_point", arithmetic.output_zero_point},
                            {"output_multiplier", arithmetic.output.multiplier},
                            {"output_shift", arithmetic.output.shift},
                            {"min", arithmetic.range.min},
                            {"max", arithmetic.range.max}};
    call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
    if (op != BinaryOp::kMul) {
      const Field inputs[] = {{"left_shift", arithmetic.left_shift},
                              {"a_multiplier", arithmetic.a.multiplier},
                              {"a_shift", arithmetic.a.shift},
                              {"b_multiplier", arithmetic.b.multiplier},
                              {"b_shift", arithmetic.b.shift}};
      call.fields.insert(call.fields.end(), std::begin(inputs), std::end(inputs));
    }
  }
  // Both operands of an element are read before it is written.
  std::optional<Overlap> overlap;
  for (size_t i : {size_t{0}, size_t{1}}) {
    if (graph.input(node, i)->is_constant() || graph.input(node, i)->shape != output.shape)
      continue;
    if (overlap)
      overlap->other_input = i;
    else
      overlap = Overlap{.input = i};
  }
  std::vector<Lowering> ways;
  auto add_way = [&](KernelCall way, std::string variant) {
    way.inputs = {node.inputs[0], node.inputs[1]};
    way.outputs = {node.outputs[0]};
    ways.push_back({.calls = {std::move(way)}, .variant = std::move(variant)});
    ways.back().overlap = overlap;
  };
  if (target.optimized && (target.dsp || !target.mve)) {
    THIMBLE_ASSIGN(std::optional<NamedCall> fast, flat_call(graph, node, op, target));
    if (fast) add_way(std::move(fast->call), std::move(fast->variant));
  }
  const bool is_flat = graph.input(node, 0)->elements() == output.elements() &&
                       graph.input(node, 1)->elements() == output.elements();
  if (target.optimized && target.fpu && output.type == DataType::kFloat32 && is_flat) {
    KernelCall flat = call;
    flat.function = fmt::format("{}_f32_flat", kernel_name(op));
    flat.source = "kernels/elementwise/float_flat.cc";
    add_way(std::move(flat), "flat");
  }
  add_way(std::move(call), "reference");
  return Lowerings(std::move(ways));
}

}  // namespace thimble::ops
