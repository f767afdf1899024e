// SVDF: a recurrent layer as two small products (Nakkiran et al. 2015). Each filter keeps its last
// `memory` activations; `rank` neighbouring filters add up to one output unit.
//
// inputs: [N, inputs], feature weights [filters, inputs], time weights [filters, memory],
// [bias [units]], state [N, filters * memory], a variable; attributes: rank, activation,
// asymmetric_quantize_inputs (0 or 1; only for hybrid layers).
//
// Per inference and filter: the oldest activation goes, the product of input and feature weights
// comes, and the product of activations and time weights goes to the unit. The integer mode keeps
// the state in int16 or int8 and, like TensorFlow Lite Micro, clamps only to the output type. The
// hybrid mode has int8 weights and floats elsewhere; see hybrid.h.
#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/checks.h"
#include "ops/hybrid.h"
#include "ops/op.h"
#include "ops/quantization.h"
#include "ops/requantize.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

enum Operand : size_t { kInput, kFeatureWeights, kTimeWeights, kBias, kState };

struct Sizes {
  int32_t batches, inputs, filters, memory, rank;

  int32_t units() const { return filters / rank; }

  static Sizes of(const Graph& graph, const Node& node) {
    const ir::Shape& input = graph.input(node, kInput)->shape;
    const auto rank = node.attributes.get_int("rank");
    return {input[0], input[1], graph.input(node, kFeatureWeights)->shape[0],
            graph.input(node, kTimeWeights)->shape[1], static_cast<int32_t>(*rank)};
  }
};

struct IntegerScales {
  QuantizedMultiplier state;   // from the product with the feature weights
  QuantizedMultiplier output;  // from the product with the time weights
};

// The products of scales are rounded to float, as in the reference.
Result<IntegerScales> integer_scales(const Graph& graph, const Node& node) {
  auto scale = [&](Operand operand) { return graph.input(node, operand)->scale(); };
  IntegerScales result;
  THIMBLE_ASSIGN(result.state,
                 quantize_multiplier(scale(kInput) * scale(kFeatureWeights) / scale(kState)));
  THIMBLE_ASSIGN(result.output, quantize_multiplier(scale(kState) * scale(kTimeWeights) /
                                                    graph.output(node).scale()));
  return result;
}

Result<> verify_shapes(const Graph& graph, const Node& node) {
  for (Operand operand : {kInput, kFeatureWeights, kTimeWeights, kState})
    THIMBLE_TRY(check_rank(*graph.input(node, operand), fmt::format("input {}", +operand), 2));
  THIMBLE_ASSIGN(int64_t rank, node.attributes.get_int("rank"));
  const ir::Shape& input = graph.input(node, kInput)->shape;
  const ir::Shape& feature = graph.input(node, kFeatureWeights)->shape;
  const ir::Shape& time = graph.input(node, kTimeWeights)->shape;
  const ir::Shape& state = graph.input(node, kState)->shape;
  if (rank < 1 || feature[0] % rank != 0)
    return fail(ErrorCode::kMalformed, "rank is {}, but there are {} filters", rank, feature[0]);
  if (feature[1] != input[1] || time[0] != feature[0] || state[0] != input[0] ||
      state[1] != int64_t{time[0]} * time[1])
    return fail(ErrorCode::kMalformed,
                "input {}, feature weights {}, time weights {} and state {} do not fit together",
                ir::shape_text(input), ir::shape_text(feature), ir::shape_text(time),
                ir::shape_text(state));
  const ir::Tensor* bias = graph.input(node, kBias);
  if (bias && bias->elements() != feature[0] / rank)
    return fail(ErrorCode::kMalformed, "bias ({}) has {} elements, expected {}", bias->name,
                bias->elements(), feature[0] / rank);
  return {};
}

Result<> check_no_zero_point(const ir::Tensor& feature, const ir::Tensor& time) {
  if (feature.zero_point() == 0 && time.zero_point() == 0) return {};
  return fail(ErrorCode::kUnsupported, "weights with a zero point are not supported");
}

Result<> verify_integer(const Graph& graph, const Node& node, Activation activation) {
  const ir::Tensor& feature = *graph.input(node, kFeatureWeights);
  const ir::Tensor& time = *graph.input(node, kTimeWeights);
  const ir::Tensor& state = *graph.input(node, kState);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(feature, "feature weights", {DataType::kInt8}));
  THIMBLE_TRY(check_type(time, "time weights", {DataType::kInt16, DataType::kInt8}));
  THIMBLE_TRY(check_same_type(time, state));
  THIMBLE_TRY(check_type(output, "output", {DataType::kInt8}));
  if (const ir::Tensor* bias = graph.input(node, kBias))
    THIMBLE_TRY(check_type(*bias, "bias", {DataType::kInt32}));
  THIMBLE_TRY(check_affine_quantization(*graph.input(node, kInput), "input"));
  THIMBLE_TRY(check_affine_quantization(feature, "feature weights"));
  THIMBLE_TRY(check_affine_quantization(time, "time weights"));
  THIMBLE_TRY(check_affine_quantization(state, "state"));
  THIMBLE_TRY(check_affine_quantization(output, "output"));
  THIMBLE_TRY(check_no_zero_point(feature, time));
  const bool clamped_by_type = activation == Activation::kNone ||
                               (activation == Activation::kRelu && output.zero_point() == -128);
  if (!clamped_by_type)
    return fail(ErrorCode::kUnsupported,
                "the fused activation {} with the output zero point {} is not supported",
                activation_name(activation), output.zero_point());
  THIMBLE_TRY(integer_scales(graph, node));
  return {};
}

bool is_hybrid(const Graph& graph, const Node& node) {
  return graph.input(node, kInput)->type == DataType::kFloat32 &&
         graph.input(node, kFeatureWeights)->type == DataType::kInt8;
}

Result<> verify_float(const Graph& graph, const Node& node) {
  const ir::Tensor& feature = *graph.input(node, kFeatureWeights);
  const ir::Tensor& time = *graph.input(node, kTimeWeights);
  THIMBLE_TRY(check_type(feature, "feature weights", {DataType::kFloat32, DataType::kInt8}));
  THIMBLE_TRY(check_same_type(feature, time));
  if (feature.type == DataType::kInt8) {
    THIMBLE_TRY(check_affine_quantization(feature, "feature weights"));
    THIMBLE_TRY(check_affine_quantization(time, "time weights"));
    THIMBLE_TRY(check_no_zero_point(feature, time));
    THIMBLE_TRY(node.attributes.get_int("asymmetric_quantize_inputs"));
  }
  for (Operand operand : {kBias, kState})
    if (const ir::Tensor* tensor = graph.input(node, operand))
      THIMBLE_TRY(check_same_type(*graph.input(node, kInput), *tensor));
  return check_same_type(*graph.input(node, kInput), graph.output(node));
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 3, 5));
  const ir::Tensor* state = graph.input(node, kState);
  if (!state) return fail(ErrorCode::kMalformed, "the state (input {}) is absent", +kState);
  if (!state->is_variable)
    return fail(ErrorCode::kMalformed, "the state ({}) is not a variable", state->name);
  THIMBLE_TRY(verify_shapes(graph, node));
  THIMBLE_TRY(check_constant(*graph.input(node, kFeatureWeights), "feature weights"));
  THIMBLE_TRY(check_constant(*graph.input(node, kTimeWeights), "time weights"));
  if (const ir::Tensor* bias = graph.input(node, kBias)) THIMBLE_TRY(check_constant(*bias, "bias"));
  THIMBLE_ASSIGN(Activation activation, read_activation(node));
  const ir::Tensor& input = *graph.input(node, kInput);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kFloat32}));
  return input.type == DataType::kInt8 ? verify_integer(graph, node, activation)
                                       : verify_float(graph, node);
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  const Sizes sizes = Sizes::of(graph, node);
  return std::vector<ir::Shape>{{sizes.batches, sizes.units()}};
}

Cost cost(const Graph& graph, const Node& node) {
  const Sizes sizes = Sizes::of(graph, node);
  const auto filters = static_cast<uint64_t>(sizes.batches) * static_cast<uint64_t>(sizes.filters);
  const uint64_t maccs =
      filters * (static_cast<uint64_t>(sizes.inputs) + static_cast<uint64_t>(sizes.memory));
  return {.maccs = maccs, .flops = 2 * maccs + filters};
}

// Calls feature(batch, filter), which returns the new activation, term(activation, index of the
// time weight), whose results are added up, and store(output index, unit, sum).
template <typename Sum, typename T, typename Feature, typename Term, typename Store>
void run(const Sizes& sizes, T* state, Feature feature, Term term, Store store) {
  int64_t index = 0;
  for (int32_t batch = 0; batch < sizes.batches; ++batch)
    for (int32_t unit = 0; unit < sizes.units(); ++unit) {
      Sum sum{};
      for (int32_t filter = unit * sizes.rank; filter < (unit + 1) * sizes.rank; ++filter) {
        T* history = state + (int64_t{batch} * sizes.filters + filter) * sizes.memory;
        std::copy(history + 1, history + sizes.memory, history);
        history[sizes.memory - 1] = feature(batch, filter);
        for (int32_t i = 0; i < sizes.memory; ++i)
          sum += term(history[i], int64_t{filter} * sizes.memory + i);
      }
      store(index++, unit, sum);
    }
}

template <typename T>
Result<> run_integer(const ExecContext& context, const Sizes& sizes) {
  const Graph& graph = context.graph;
  const Node& node = context.node;
  THIMBLE_ASSIGN(const IntegerScales scales, integer_scales(graph, node));
  const int32_t input_zero = graph.input(node, kInput)->zero_point();
  const int32_t state_zero = graph.input(node, kState)->zero_point();
  const int32_t output_zero = graph.output(node).zero_point();
  const IntegerRange state_range = type_range(graph.input(node, kState)->type);
  const int32_t* bias = context.in<int32_t>(kBias);
  int8_t* out = context.out<int8_t>();
  auto feature = [&](int32_t batch, int32_t filter) {
    const int8_t* in = context.in<int8_t>(kInput) + int64_t{batch} * sizes.inputs;
    const int8_t* weights = context.in<int8_t>(kFeatureWeights) + int64_t{filter} * sizes.inputs;
    uint32_t sum = 0;
    for (int32_t i = 0; i < sizes.inputs; ++i)
      sum += static_cast<uint32_t>((in[i] - input_zero) * weights[i]);
    const int32_t scaled =
        multiply_by_quantized_multiplier(static_cast<int32_t>(sum), scales.state);
    return static_cast<T>(std::clamp(scaled, state_range.min, state_range.max) + state_zero);
  };
  auto store = [&](int64_t index, int32_t unit, uint32_t sum) {
    if (bias) sum += static_cast<uint32_t>(bias[unit]);
    const int64_t scaled =
        multiply_by_quantized_multiplier(static_cast<int32_t>(sum), scales.output);
    out[index] = static_cast<int8_t>(std::clamp<int64_t>(scaled + output_zero, -128, 127));
  };
  const T* time_weights = context.in<T>(kTimeWeights);
  auto term = [&](T activation, int64_t i) {
    return static_cast<uint32_t>((activation - state_zero) * time_weights[i]);
  };
  run<uint32_t>(sizes, context.state<T>(kState), feature, term, store);
  return {};
}

HybridScheme hybrid_scheme(const Node& node) {
  const auto asymmetric = node.attributes.get_int("asymmetric_quantize_inputs");
  return *asymmetric != 0 ? HybridScheme::kAsymmetric : HybridScheme::kSymmetric;
}

// Float and hybrid.
template <typename Feature, typename Term>
Result<> run_with_float_sums(const ExecContext& context, const Sizes& sizes, Feature feature,
                             Term term) {
  THIMBLE_ASSIGN(Activation activation, read_activation(context.node));
  const FloatRange range = activation_range(activation);
  const float* bias = context.in<float>(kBias);
  float* out = context.out<float>();
  auto store = [&](int64_t index, int32_t unit, float sum) {
    if (bias) sum += bias[unit];
    out[index] = std::clamp(sum, range.min, range.max);
  };
  run<float>(sizes, context.state<float>(kState), feature, term, store);
  return {};
}

Result<> run_float(const ExecContext& context, const Sizes& sizes) {
  auto feature = [&](int32_t batch, int32_t filter) {
    const float* in = context.in<float>(kInput) + int64_t{batch} * sizes.inputs;
    const float* weights = context.in<float>(kFeatureWeights) + int64_t{filter} * sizes.inputs;
    float sum = 0;
    for (int32_t i = 0; i < sizes.inputs; ++i) sum += in[i] * weights[i];
    return sum;
  };
  const float* time_weights = context.in<float>(kTimeWeights);
  auto term = [&](float activation, int64_t i) { return activation * time_weights[i]; };
  return run_with_float_sums(context, sizes, feature, term);
}

// Every batch is quantized by itself.
Result<> run_hybrid(const ExecContext& context, const Sizes& sizes) {
  const auto inputs = static_cast<size_t>(sizes.inputs);
  std::vector<HybridInput> quantized;
  for (int32_t batch = 0; batch < sizes.batches; ++batch)
    quantized.push_back(
        quantize_hybrid_input({context.in<float>(kInput) + int64_t{batch} * sizes.inputs, inputs},
                              hybrid_scheme(context.node)));
  const float feature_scale = context.graph.input(context.node, kFeatureWeights)->scale();
  auto feature = [&](int32_t batch, int32_t filter) {
    const HybridInput& in = quantized[static_cast<size_t>(batch)];
    const int8_t* weights = context.in<int8_t>(kFeatureWeights) + int64_t{filter} * sizes.inputs;
    uint32_t sum = 0;
    for (size_t i = 0; i < inputs; ++i)
      sum += static_cast<uint32_t>((in.values[i] - in.zero_point) * weights[i]);
    return static_cast<float>(static_cast<int32_t>(sum)) * (in.scale * feature_scale);
  };
  const int8_t* time_weights = context.in<int8_t>(kTimeWeights);
  const float time_scale = context.graph.input(context.node, kTimeWeights)->scale();
  auto term = [&](float activation, int64_t i) {
    return activation * (time_scale * static_cast<float>(time_weights[i]));
  };
  return run_with_float_sums(context, sizes, feature, term);
}

Result<> execute(const ExecContext& context) {
  const Sizes sizes = Sizes::of(context.graph, context.node);
  switch (context.graph.input(context.node, kState)->type) {
    case DataType::kInt16:
      return run_integer<int16_t>(context, sizes);
    case DataType::kInt8:
      return run_integer<int8_t>(context, sizes);
    default:
      return is_hybrid(context.graph, context.node) ? run_hybrid(context, sizes)
                                                    : run_float(context, sizes);
  }
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget&) {
  const Sizes sizes = Sizes::of(graph, node);
  const ir::Tensor& input = *graph.input(node, kInput);
  const ir::Tensor& state = *graph.input(node, kState);
  const ir::Tensor& output = graph.output(node);
  KernelCall call;
  call.header = "kernels/svdf/kernel.h";
  call.fields = {{"batches", sizes.batches},
                 {"inputs", sizes.inputs},
                 {"units", sizes.units()},
                 {"rank", sizes.rank},
                 {"memory", sizes.memory}};
  auto add_constant = [&](Operand operand, std::string name) {
    const ir::Tensor* tensor = graph.input(node, operand);
    if (!tensor) return;
    call.fields.push_back({name, ConstantRef{call.constants.size()}});
    call.constants.push_back({std::move(name), tensor->type, {}, node.inputs[operand]});
  };
  add_constant(kFeatureWeights, "feature_weights");
  add_constant(kTimeWeights, "time_weights");
  add_constant(kBias, "bias");
  if (input.type == DataType::kFloat32) {
    THIMBLE_ASSIGN(Activation activation, read_activation(node));
    const FloatRange range = activation_range(activation);
    if (is_hybrid(graph, node)) {
      call.function = "svdf_hybrid_ref";
      call.params_type = "SvdfHybridParams";
      call.source = "kernels/svdf/svdf_hybrid_ref.cc";
      call.scratch_bytes = static_cast<size_t>(sizes.inputs);
      const bool asymmetric = hybrid_scheme(node) == HybridScheme::kAsymmetric;
      call.fields.push_back({"asymmetric", asymmetric ? 1 : 0});
      call.fields.push_back({"feature_scale", graph.input(node, kFeatureWeights)->scale()});
      call.fields.push_back({"time_scale", graph.input(node, kTimeWeights)->scale()});
    } else {
      call.function = "svdf_f32_ref";
      call.params_type = "SvdfF32Params";
      call.source = "kernels/svdf/svdf_f32_ref.cc";
    }
    call.fields.push_back({"float_min", range.min});
    call.fields.push_back({"float_max", range.max});
  } else {
    THIMBLE_ASSIGN(const IntegerScales scales, integer_scales(graph, node));
    const bool wide = state.type == DataType::kInt16;
    call.function = wide ? "svdf_s8_s16_ref" : "svdf_s8_s8_ref";
    call.params_type = wide ? "SvdfS8S16Params" : "SvdfS8S8Params";
    call.source = "kernels/svdf/svdf_s8_ref.cc";
    const Field fields[] = {
        {"input_zero_point", input.zero_point()},   {"state_zero_point", state.zero_point()},
        {"output_zero_point", output.zero_point()}, {"state_multiplier", scales.state.multiplier},
        {"state_shift", scales.state.shift},        {"output_multiplier", scales.output.multiplier},
        {"output_shift", scales.output.shift}};
    call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
  }
  call.inputs = {node.inputs[kInput], node.inputs[kState]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace

extern const OpInfo k_svdf{"SVDF", verify, infer_shapes, cost, execute, lower, kStaysFloat};

}  // namespace thimble::ops
