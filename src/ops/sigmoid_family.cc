#include "ops/sigmoid_family.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ops/checks.h"
#include "ops/fixed_point.h"
#include "ops/quantization.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

// On int8 the functions are computed in fixed point, with 4 integer bits for the input.
constexpr int kInputIntegerBits = 4;

Result<QuantizedMultiplier> int8_multiplier(const ir::Tensor& input) {
  return quantize_multiplier(double{input.scale()} * (1 << (31 - kInputIntegerBits)));
}

Result<Int8Table> int8_table(const ir::Tensor& input, Sigmoid function) {
  THIMBLE_ASSIGN(const QuantizedMultiplier multiplier, int8_multiplier(input));
  const int32_t radius = fixed_input_radius(kInputIntegerBits, multiplier.shift);
  return make_int8_table([&](int32_t x) {
    x -= input.zero_point();
    if (x <= -radius) return -128;
    if (x >= radius) return 127;
    const int32_t scaled = multiply_by_quantized_multiplier(x, multiplier);
    const int32_t value = function == Sigmoid::kLogistic
                              ? rounding_divide_by_pot(fixed_logistic(scaled), 23) - 128
                              : rounding_divide_by_pot(fixed_tanh(scaled), 24);
    return std::clamp(value, -128, 127);
  });
}

// int16: x * multiplier / 2^shift is the input in steps of 1 / (3 * 4096).
struct Int16Input {
  int32_t multiplier, shift;

  int32_t scale(int32_t x) const {
    const int32_t half = shift > 0 ? 1 << (shift - 1) : 0;
    return (x * multiplier + half) >> shift;
  }
};

Result<Int16Input> int16_input(const ir::Tensor& input, Sigmoid function) {
  // Powers of two near the table's own scale are exact.
  const float log2 = std::log(input.scale()) * (1.0f / std::log(2.0f));
  const int power = static_cast<int>(std::round(log2)) + 12;
  const int max_power = function == Sigmoid::kTanh ? 1 : 0;
  if (std::abs(log2 - std::round(log2)) < 1e-3f && power >= 0 && power <= max_power)
    return Int16Input{3 << power, 0};

  double multiplier = double{input.scale()} * 4096.0 * 3.0;
  int32_t shift = 0;
  for (; multiplier <= 32767.0 / 2.0 && shift <= 30; ++shift) multiplier *= 2;
  if (multiplier >= 32768)
    return base::fail(ErrorCode::kUnsupported, "the input scale {} is too large", input.scale());
  return Int16Input{static_cast<int32_t>(multiplier), shift};
}

// Interpolates between table entries, 2^bits steps apart, for x >= 0.
struct Interpolation {
  const std::vector<int16_t>& table;
  int bits;
  int32_t saturated;

  int32_t operator()(int32_t x) const {
    const auto index = static_cast<size_t>(x >> bits);
    if (index >= table.size() - 1) return saturated;
    const int32_t from = table[index] + 32768, to = table[index + 1] + 32768;
    return (from << bits) + (x & ((1 << bits) - 1)) * (to - from);
  }
};

int32_t logistic_int16(int32_t x, const std::vector<int16_t>& table) {
  const int32_t value = Interpolation{table, 9, 0x7FFF << 10}(std::abs(x));
  return ((x >= 0 ? value : (1 << 25) - value - 1) + (1 << 9)) >> 10;
}

int32_t tanh_int16(int32_t x, const std::vector<int16_t>& table) {
  const int32_t value = Interpolation{table, 8, 0xFFFF << 8}(std::abs(x)) - (1 << 23);
  return ((x >= 0 ? value : -value - 1) + (1 << 7)) >> 8;
}

Result<> check_output(const ir::Tensor& output, Sigmoid function) {
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  float scale = 1.0f / 32768;
  int32_t zero_point = 0;
  if (output.type == DataType::kInt8) {
    scale = function == Sigmoid::kLogistic ? 1.0f / 256 : 1.0f / 128;
    zero_point = function == Sigmoid::kLogistic ? -128 : 0;
  }
  if (std::abs(output.scale() - scale) > 0.001f * scale || output.zero_point() != zero_point)
    return base::fail(ErrorCode::kUnsupported,
                      "the output has scale {} and zero point {}, expected {} and {}",
                      output.scale(), output.zero_point(), scale, zero_point);
  return {};
}

template <typename T, typename F>
void map(const ExecContext& context, F function) {
  const T* in = context.in<T>(0);
  T* out = context.out<T>();
  const int64_t count = context.graph.output(context.node).elements();
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(function(in[i]));
}

}  // namespace

std::vector<int16_t> sigmoid_int16_table() {
  constexpr int kEntries = 256;
  auto value = [](double i) { return 65536 / (1 + std::exp(-i / 24)); };
  std::vector<int16_t> table;
  for (int i = 0; i < kEntries; ++i) {
    const double middle_error = value(i + 0.5) - (value(i) + value(i + 1)) / 2;
    // The last entry stands for everything beyond.
    const double entry = i + 1 == kEntries ? 65535 : std::round(value(i) + middle_error / 2);
    table.push_back(static_cast<int16_t>(entry - 32768));
  }
  return table;
}

Result<> verify_sigmoid(const Graph& graph, const Node& node, Sigmoid function) {
  THIMBLE_TRY(check_arity(node, 1, 1));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  THIMBLE_TRY(check_same_type(input, output));
  if (input.type == DataType::kFloat32) return {};
  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(check_output(output, function));
  if (input.type == DataType::kInt8)
    THIMBLE_TRY(int8_multiplier(input));
  else
    THIMBLE_TRY(int16_input(input, function));
  return {};
}

Result<std::vector<ir::Shape>> infer_sigmoid_shapes(const Graph& graph, const Node& node) {
  return std::vector<ir::Shape>{graph.input(node, 0)->shape};
}

Cost sigmoid_cost(const Graph& graph, const Node& node) {
  return {.flops = static_cast<uint64_t>(graph.output(node).elements())};
}

Result<> execute_sigmoid(const ExecContext& context, Sigmoid function) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const bool logistic = function == Sigmoid::kLogistic;
  if (input.type == DataType::kInt8) {
    THIMBLE_ASSIGN(const Int8Table table, int8_table(input, function));
    execute_lookup(context, table);
  } else if (input.type == DataType::kInt16) {
    THIMBLE_ASSIGN(const Int16Input scaling, int16_input(input, function));
    const std::vector<int16_t> table = sigmoid_int16_table();
    map<int16_t>(context, [&](int16_t x) {
      const int32_t scaled = scaling.scale(x);
      return logistic ? logistic_int16(scaled, table) : tanh_int16(scaled, table);
    });
  } else {
    map<float>(context, [&](float x) { return logistic ? 1 / (1 + std::exp(-x)) : std::tanh(x); });
  }
  return {};
}

Result<Lowerings> lower_sigmoid(const Graph& graph, const Node& node, Sigmoid function) {
  const ir::Tensor& input = *graph.input(node, 0);
  if (input.type == DataType::kInt8) {
    THIMBLE_ASSIGN(const Int8Table table, int8_table(input, function));
    return lower_lookup(graph, node, table);
  }
  KernelCall call;
  const std::string_view name = function == Sigmoid::kLogistic ? "logistic" : "tanh";
  call.header = "kernels/activation/kernel.h";
  call.fields = {{"count", input.elements()}};
  if (input.type == DataType::kInt16) {
    THIMBLE_ASSIGN(const Int16Input scaling, int16_input(input, function));
    call.function = fmt::format("{}_s16_ref", name);
    call.params_type = "SigmoidS16Params";
    call.source = "kernels/activation/sigmoid_s16_ref.cc";
    call.constants = {make_constant("table", DataType::kInt16, sigmoid_int16_table())};
    call.fields.push_back({"multiplier", scaling.multiplier});
    call.fields.push_back({"shift", scaling.shift});
    call.fields.push_back({"table", ConstantRef{0}});
  } else {
    call.function = fmt::format("{}_f32_ref", name);
    call.params_type = "SigmoidF32Params";
    call.source = "kernels/activation/sigmoid_f32_ref.cc";
  }
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = Overlap{}};
}

}  // namespace thimble::ops
