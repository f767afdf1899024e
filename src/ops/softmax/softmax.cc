// SOFTMAX: exp(beta * x) along the last dimension, divided by its sum.
//
// inputs: at least one dimension; attributes: beta. The scale of an integer output is fixed: 1/256
// with the zero point -128 (int8 to int8), 1/65536 with -32768 (int8 to int16), 1/32768 with 0
// (int16 to int16).
#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "ops/checks.h"
#include "ops/fixed_point.h"
#include "ops/lookup_table.h"
#include "ops/op.h"
#include "ops/quantization.h"
#include "ops/requantize.h"
#include "ops/softmax/softmax_tables.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

// More elements than that could overflow the sum of the exponentials.
constexpr int32_t kMaxInt8Depth = 4095;
constexpr int32_t kMaxInt16Depth = 65535;

struct Rows {
  int32_t rows, depth;

  static Rows of(const ir::Tensor& tensor) {
    const int32_t depth = tensor.shape.back();
    return {static_cast<int32_t>(tensor.elements() / depth), depth};
  }
};

Result<float> read_beta(const Node& node) {
  THIMBLE_ASSIGN(double beta, node.attributes.get_float("beta"));
  if (!std::isfinite(beta) || beta <= 0)
    return base::fail(ErrorCode::kUnsupported, "beta is {}, expected a positive number", beta);
  return static_cast<float>(beta);
}

// int16: factor that brings an input difference to steps of 10 / 65535.
Result<QuantizedMultiplier> int16_multiplier(const ir::Tensor& input, float beta) {
  THIMBLE_ASSIGN(const QuantizedMultiplier multiplier,
                 quantize_multiplier(double{input.scale()} * double{beta} / (10.0 / 65535.0)));
  constexpr int32_t kMaxShift = 15;  // of a difference of 16 bits
  if (multiplier.shift > kMaxShift)
    return base::fail(ErrorCode::kUnsupported, "beta {} times the input scale {} is too large",
                      beta, input.scale());
  return multiplier;
}

Result<> check_output_quantization(const ir::Tensor& input, const ir::Tensor& output) {
  THIMBLE_TRY(check_affine_quantization(output, "output"));
  float scale = 1.0f / 256;
  int32_t zero_point = -128;
  if (output.type == DataType::kInt16) {
    scale = input.type == DataType::kInt8 ? 1.0f / 65536 : 1.0f / 32768;
    zero_point = input.type == DataType::kInt8 ? -32768 : 0;
  }
  if (std::abs(output.scale() - scale) > 0.001f * scale || output.zero_point() != zero_point)
    return base::fail(ErrorCode::kUnsupported,
                      "the output has scale {} and zero point {}, expected {} and {}",
                      output.scale(), output.zero_point(), scale, zero_point);
  return {};
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  using enum DataType;
  THIMBLE_TRY(check_type(input, "input", {kInt8, kInt16, kFloat32}));
  THIMBLE_ASSIGN(float beta, read_beta(node));
  if (input.shape.empty())
    return base::fail(ErrorCode::kMalformed, "the input ({}) has no dimension", input.name);
  if (input.type == kFloat32) return check_same_type(input, output);

  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  if (input.type == kInt8) {
    THIMBLE_TRY(check_type(output, "output", {kInt8, kInt16}));
    THIMBLE_TRY(softmax_exp_table(input.scale(), beta));
  } else {
    THIMBLE_TRY(check_type(output, "output", {kInt16}));
    THIMBLE_TRY(int16_multiplier(input, beta));
  }
  THIMBLE_TRY(check_output_quantization(input, output));
  const int32_t max_depth = input.type == kInt8 ? kMaxInt8Depth : kMaxInt16Depth;
  if (Rows::of(input).depth > max_depth)
    return base::fail(ErrorCode::kUnsupported, "the last dimension is {}, at most {} is supported",
                      Rows::of(input).depth, max_depth);
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

// Per element: comparison, subtraction, product with beta, exponential, sum, division.
Cost cost(const Graph& graph, const Node& node) {
  return {.flops = 6 * static_cast<uint64_t>(graph.output(node).elements())};
}

void softmax_float(const float* in, float* out, int32_t depth, float beta) {
  const float largest = *std::max_element(in, in + depth);
  float sum = 0;
  for (int32_t c = 0; c < depth; ++c) {
    out[c] = std::exp((in[c] - largest) * beta);
    sum += out[c];
  }
  for (int32_t c = 0; c < depth; ++c) out[c] /= sum;
}

// x / 2^exponent, rounded to nearest, halves away from zero; for exponents beyond 31 too.
int32_t rounding_shift(int32_t x, int exponent) {
  return exponent > 31 ? 0 : rounding_divide_by_pot(x, exponent);
}

template <typename Out>
void softmax_int8(const int8_t* in, Out* out, int32_t depth, const std::vector<int32_t>& exps) {
  constexpr int kSumIntegerBits = 12;
  constexpr int32_t kLow = std::numeric_limits<Out>::min(), kHigh = std::numeric_limits<Out>::max();
  const int8_t largest = *std::max_element(in, in + depth);
  auto exp_of = [&](int8_t x) {
    const auto distance = static_cast<size_t>(largest - x);
    return distance < exps.size() ? exps[distance] : 0;
  };
  int32_t sum = 0;
  for (int32_t c = 0; c < depth; ++c) sum += rounding_shift(exp_of(in[c]), kSumIntegerBits);

  // 1 / sum = reciprocal / 2^bits_over_one, from the sum shifted into [1, 2).
  const int headroom = std::countl_zero(static_cast<uint32_t>(sum));
  const uint32_t normalized = static_cast<uint32_t>(sum) << headroom;
  const int32_t reciprocal =
      fixed_reciprocal_of_one_plus(static_cast<int32_t>(normalized - 0x80000000u));
  const int bits_over_one = kSumIntegerBits - headroom;
  const int exponent = bits_over_one + 31 - static_cast<int>(sizeof(Out) * 8);
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t product = saturating_rounding_doubling_high_mul(reciprocal, exp_of(in[c]));
    const int32_t value = rounding_shift(product, exponent) + kLow;
    out[c] = static_cast<Out>(std::clamp(value, kLow, kHigh));
  }
}

// For rows of two, the outputs of the smaller element by distance as far as they are not -128.
// Nothing where a pair of outputs does not add up to one.
std::optional<std::vector<int8_t>> outputs_of_two(const std::vector<int32_t>& exps) {
  std::vector<int8_t> outputs;
  for (int32_t distance = 0; distance <= 255; ++distance) {
    const int8_t in[2] = {127, static_cast<int8_t>(127 - distance)};
    int8_t out[2];
    softmax_int8(in, out, 2, exps);
    const auto [larger, smaller] = out;
    if (larger != std::min(127, -smaller)) return std::nullopt;
    outputs.push_back(smaller);
  }
  while (outputs.back() == -128) outputs.pop_back();
  return outputs;
}

struct Int16Tables {
  QuantizedMultiplier multiplier;
  std::vector<int16_t> exp = softmax_int16_exp_table();
  std::vector<int16_t> reciprocal = softmax_int16_reciprocal_table();
};

void softmax_int16(const int16_t* in, int16_t* out, int32_t depth, const Int16Tables& tables) {
  const int16_t largest = *std::max_element(in, in + depth);
  int32_t sum = 0;
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t scaled = multiply_by_quantized_multiplier(in[c] - largest, tables.multiplier);
    const int64_t centred = int64_t{scaled} + 32767;
    const auto index = static_cast<int32_t>(std::clamp<int64_t>(centred, -32768, 32767));
    out[c] = static_cast<int16_t>(look_up_int16(tables.exp, index));
    sum += out[c];
  }
  // The sum shifted into [1, 2) with 16 fractional bits.
  const int headroom = std::countl_zero(static_cast<uint32_t>(sum));
  const int64_t normalized = ((int64_t{sum} << (headroom - 1)) + (1 << 13)) >> 14;
  const auto index =
      static_cast<int32_t>(std::clamp<int64_t>(normalized - (1 << 16) - (1 << 15), -32768, 32767));
  const int32_t reciprocal = look_up_int16(tables.reciprocal, index);
  const int shift = 31 - headroom;
  for (int32_t c = 0; c < depth; ++c) {
    const int64_t product = int64_t{out[c]} * reciprocal + (int64_t{1} << (shift - 1));
    out[c] = static_cast<int16_t>(std::clamp<int64_t>(product >> shift, 0, 32767));
  }
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const ir::Tensor& output = context.graph.output(context.node);
  THIMBLE_ASSIGN(float beta, read_beta(context.node));
  // Not a structured binding: lambdas of C++20 may capture one, but clang 14 refuses to.
  const Rows shape = Rows::of(input);
  const int32_t rows = shape.rows, depth = shape.depth;
  auto for_each_row = [&]<typename In, typename Out>(const In* in, Out* out, auto softmax) {
    for (int32_t row = 0; row < rows; ++row, in += depth, out += depth) softmax(in, out);
  };
  if (input.type == DataType::kFloat32) {
    for_each_row(context.in<float>(0), context.out<float>(),
                 [&](const float* in, float* out) { softmax_float(in, out, depth, beta); });
  } else if (input.type == DataType::kInt16) {
    Int16Tables tables;
    THIMBLE_ASSIGN(tables.multiplier, int16_multiplier(input, beta));
    for_each_row(context.in<int16_t>(0), context.out<int16_t>(),
                 [&](const int16_t* in, int16_t* out) { softmax_int16(in, out, depth, tables); });
  } else {
    THIMBLE_ASSIGN(const std::vector<int32_t> exps, softmax_exp_table(input.scale(), beta));
    auto softmax = [&](const int8_t* in, auto* out) { softmax_int8(in, out, depth, exps); };
    if (output.type == DataType::kInt8)
      for_each_row(context.in<int8_t>(0), context.out<int8_t>(), softmax);
    else
      for_each_row(context.in<int8_t>(0), context.out<int16_t>(), softmax);
  }
  return {};
}

Lowering lower_of_two(const Node& node, int32_t rows, const std::vector<int8_t>& outputs) {
  KernelCall call;
  call.function = "softmax_s8_of_two";
  call.params_type = "SoftmaxOfTwoParams";
  call.header = "kernels/softmax/kernel.h";
  call.source = "kernels/softmax/softmax_s8_of_two.cc";
  call.constants = {make_constant("smaller", DataType::kInt8, outputs)};
  call.fields = {
      {"rows", rows}, {"count", static_cast<int64_t>(outputs.size())}, {"smaller", ConstantRef{0}}};
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return {.calls = {std::move(call)}, .overlap = Overlap{}, .variant = "of-two"};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_ASSIGN(float beta, read_beta(node));
  const Rows shape = Rows::of(input);
  const int32_t rows = shape.rows, depth = shape.depth;
  KernelCall call;
  call.header = "kernels/softmax/kernel.h";
  call.fields = {{"rows", rows}, {"depth", depth}};
  switch (input.type) {
    case DataType::kFloat32:
      call.function = "softmax_f32_ref";
      call.params_type = "SoftmaxF32Params";
      call.source = "kernels/softmax/softmax_f32_ref.cc";
      call.fields.push_back({"beta", beta});
      break;
    case DataType::kInt8: {
      THIMBLE_ASSIGN(const std::vector<int32_t> exps, softmax_exp_table(input.scale(), beta));
      if (depth == 2 && output.type == DataType::kInt8) {
        if (const auto outputs = outputs_of_two(exps)) return lower_of_two(node, rows, *outputs);
      }
      call.function = fmt::format("softmax_s8_{}_ref", kernel_suffix(output.type));
      call.params_type = "SoftmaxS8Params";
      call.source = "kernels/softmax/softmax_s8_ref.cc";
      call.constants = {make_constant("exps", DataType::kInt32, exps)};
      call.fields.push_back({"exps", ConstantRef{0}});
      call.fields.push_back({"exp_count", static_cast<int64_t>(exps.size())});
      break;
    }
    default: {
      THIMBLE_ASSIGN(QuantizedMultiplier multiplier, int16_multiplier(input, beta));
      call.function = "softmax_s16_ref";
      call.params_type = "SoftmaxS16Params";
      call.source = "kernels/softmax/softmax_s16_ref.cc";
      call.constants = {
          make_constant("exps", DataType::kInt16, softmax_int16_exp_table()),
          make_constant("reciprocals", DataType::kInt16, softmax_int16_reciprocal_table())};
      call.fields.push_back({"multiplier", multiplier.multiplier});
      call.fields.push_back({"shift", multiplier.shift});
      call.fields.push_back({"exps", ConstantRef{0}});
      call.fields.push_back({"reciprocals", ConstantRef{1}});
      break;
    }
  }
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  Lowering lowering;
  lowering.calls = {std::move(call)};
  if (input.type == output.type) lowering.overlap = Overlap{};
  return lowering;
}

}  // namespace

extern const OpInfo k_softmax{"SOFTMAX", verify, infer_shapes, cost, execute, lower, kUnitScale};

}  // namespace thimble::ops
