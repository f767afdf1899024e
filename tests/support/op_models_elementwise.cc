// Operators that work element by element, SOFTMAX, QUANTIZE and DEQUANTIZE.
#include "tests/support/op_model_maker.h"

namespace thimble::testing {
namespace {

using schema::Activation;
using schema::BuiltinOperator;
using schema::TensorType;

struct BinaryCase {
  const char* variant;
  Shape a, b;
  Activation activation = Activation::NONE;
  bool constant_b = false;
};

template <typename Options>
OpModel binary_model(const char* name, BuiltinOperator code, Kind kind, const BinaryCase& c,
                     Options options) {
  OpModelMaker maker(name, kind, c.variant);
  int32_t a = maker.input(c.a);
  int32_t b = c.constant_b ? maker.constant(c.b, 3.5f) : maker.input(c.b, 3.5f);
  Shape shape = c.a.size() >= c.b.size() ? c.a : c.b;
  int32_t out = maker.output(shape, 4.0f);
  options.fused_activation_function = c.activation;
  maker.builder().add_operator(code, {a, b}, {out}, options);
  return maker.finish();
}

void add_binary(std::vector<OpModel>& models) {
  const BinaryCase cases[] = {
      {"same_shape", {1, 3, 2, 4}, {1, 3, 2, 4}},
      {"relu_constant", {1, 2, 3, 4}, {1, 2, 3, 4}, Activation::RELU, true},
      {"channels", {1, 3, 2, 4}, {4}, Activation::RELU6, true},
      {"scalar", {2, 9}, {1}, Activation::NONE, true},
      {"rows", {2, 3, 2, 3}, {1, 3, 1, 3}},
      {"first_is_smaller", {3}, {1, 2, 3, 3}},
  };
  // With general scales; other runtimes otherwise expect powers of two for int16.
  schema::AddOptionsT add;
  add.pot_scale_int16 = false;
  schema::SubOptionsT sub;
  sub.pot_scale_int16 = false;
  for (Kind kind : kNumberKinds)
    for (const BinaryCase& c : cases) {
      models.push_back(binary_model("add", BuiltinOperator::ADD, kind, c, add));
      models.push_back(binary_model("sub", BuiltinOperator::SUB, kind, c, sub));
      models.push_back(binary_model("mul", BuiltinOperator::MUL, kind, c, schema::MulOptionsT()));
    }
}

// Input and output of one shape; the output's quantization is fixed for some operators.
struct OutputQuantization {
  float scale = 0;  // 0: that of an activation in [-`range`, `range`]
  int64_t zero_point = 0;
};

OpModel unary_model(const char* name, BuiltinOperator code, Kind kind, const char* variant,
                    float input_range, float output_range, OutputQuantization fixed,
                    schema::BuiltinOptionsUnion options = {}, Shape shape = {1, 4, 5, 3}) {
  OpModelMaker maker(name, kind, variant);
  int32_t in = maker.input(shape, input_range);
  int32_t out = maker.output(shape, output_range);
  if (kind != Kind::kFloat && fixed.scale != 0) {
    maker.builder().tensor(out).quantization->scale = {fixed.scale};
    maker.builder().tensor(out).quantization->zero_point = {fixed.zero_point};
  }
  maker.builder().add_operator(code, {in}, {out}, std::move(options));
  return maker.finish();
}

template <typename Options>
schema::BuiltinOptionsUnion union_of(Options options) {
  schema::BuiltinOptionsUnion holder;
  holder.Set(std::move(options));
  return holder;
}

void add_unary(std::vector<OpModel>& models) {
  for (Kind kind : kNumberKinds) {
    bool int8 = kind == Kind::kInt8;
    // The format fixes the output's scale for these, so that it covers (0, 1) or (-1, 1).
    OutputQuantization unit = {int8 ? 1.0f / 256 : 1.0f / 32768, int8 ? -128 : 0};
    OutputQuantization both_signs = {int8 ? 1.0f / 128 : 1.0f / 32768, 0};
    models.push_back(unary_model("logistic", BuiltinOperator::LOGISTIC, kind, "", 6, 1, unit));
    models.push_back(unary_model("tanh", BuiltinOperator::TANH, kind, "", 3, 1, both_signs));
    if (kind == Kind::kInt16) {
      models.push_back(unary_model("tanh", BuiltinOperator::TANH, kind, "power_of_two",
                                   8 * 32767.0f / 32768, 1, both_signs));
      // There the runtime we compare with has another approximation than its reference: up to 12
      // of 32768 apart.
      models.back().comparable = false;
    }
    for (float beta : {1.0f, 0.5f}) {
      schema::SoftmaxOptionsT options;
      options.beta = beta;
      models.push_back(unary_model("softmax", BuiltinOperator::SOFTMAX, kind,
                                   beta == 1 ? "" : "beta_half", 6, 1, unit, union_of(options),
                                   {2, 11}));
    }
    models.push_back(unary_model("relu", BuiltinOperator::RELU, kind, "", 2, 2, {}));
    models.push_back(unary_model("relu", BuiltinOperator::RELU, kind, "rescaled", 2, 1.5f, {}));
    models.push_back(unary_model("relu6", BuiltinOperator::RELU6, kind, "", 9, 9, {}));
    for (float alpha : {0.1f, 1.5f, -0.25f}) {
      schema::LeakyReluOptionsT options;
      options.alpha = alpha;
      const char* variant = alpha < 0 ? "negative" : alpha > 1 ? "above_one" : "";
      models.push_back(unary_model("leaky_relu", BuiltinOperator::LEAKY_RELU, kind, variant, 2, 3,
                                   {}, union_of(options)));
    }
  }
}

// A data type with the quantization that the conversions use; scale 0: not quantized.
struct Numbers {
  const char* name;
  TensorType type;
  float scale;
  int64_t zero_point;
};
constexpr Numbers kFloat32 = {"float32", TensorType::FLOAT32, 0, 0};
constexpr Numbers kInt8 = {"int8", TensorType::INT8, 0.011f, -7};
constexpr Numbers kUInt8 = {"uint8", TensorType::UINT8, 0.009f, 120};
constexpr Numbers kInt16 = {"int16", TensorType::INT16, 0.00004f, 0};
constexpr Numbers kInt32 = {"int32", TensorType::INT32, 1.5e-9f, 0};

TensorSpec numbers_tensor(const char* name, const Numbers& numbers) {
  TensorSpec spec{.name = name, .type = numbers.type, .shape = {1, 4, 3, 5}};
  if (numbers.scale != 0) {
    spec.scales = {numbers.scale};
    spec.zero_points = {numbers.zero_point};
  }
  return spec;
}

OpModel convert_model(const std::string& op, BuiltinOperator code, const Numbers& from,
                      const Numbers& to) {
  TfliteBuilder builder;
  int32_t in = builder.add_input(numbers_tensor("input", from));
  TensorSpec result = numbers_tensor("output", to);
  // The same type twice: another scale, else there is nothing to do.
  if (from.type == to.type) result.scales = {from.scale * 0.8f};
  int32_t out = builder.add_output(result);
  builder.add_operator(code, {in}, {out});
  return {op + "_" + from.name + "_to_" + to.name, builder.finish()};
}

// Weights in half precision are widened by a DEQUANTIZE in front of the operator that uses them.
OpModel half_precision_model() {
  TfliteBuilder builder;
  int32_t in = builder.add_input({.name = "input", .shape = {2, 6}});
  // 1, -2, 1/3, smallest subnormal, largest, -0
  int32_t half =
      builder.add({.name = "half",
                   .type = TensorType::FLOAT16,
                   .shape = {6},
                   .data = bytes_of<uint16_t>({0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8000})});
  int32_t widened = builder.add({.name = "widened", .shape = {6}});
  int32_t out = builder.add_output({.name = "output", .shape = {2, 6}});
  builder.add_operator(BuiltinOperator::DEQUANTIZE, {half}, {widened});
  builder.add_operator(BuiltinOperator::ADD, {in, widened}, {out}, schema::AddOptionsT());
  return {"dequantize_float16_to_float32", builder.finish()};
}

void add_conversions(std::vector<OpModel>& models) {
  const std::pair<Numbers, Numbers> quantize[] = {
      {kFloat32, kInt8}, {kFloat32, kUInt8}, {kFloat32, kInt16}, {kInt8, kInt8},  {kInt8, kUInt8},
      {kInt8, kInt16},   {kInt8, kInt32},    {kUInt8, kInt8},    {kInt16, kInt8}, {kInt16, kInt16},
      {kInt16, kInt32},  {kInt32, kInt8},    {kInt32, kInt16}};
  for (const auto& [from, to] : quantize)
    models.push_back(convert_model("quantize", BuiltinOperator::QUANTIZE, from, to));
  for (const Numbers& from : {kInt8, kUInt8, kInt16})
    models.push_back(convert_model("dequantize", BuiltinOperator::DEQUANTIZE, from, kFloat32));
  models.push_back(half_precision_model());
}

}  // namespace

void add_elementwise_models(std::vector<OpModel>& models) {
  add_binary(models);
  add_unary(models);
  add_conversions(models);
}

}  // namespace thimble::testing
