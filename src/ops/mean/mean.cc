// MEAN: the mean over some dimensions.
//
// inputs: data, axes as a constant; attributes: keep_dims (0 or 1: the dimensions stay, as 1). The
// output may have another scale than the input.
#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "ops/broadcast.h"
#include "ops/checks.h"
#include "ops/index_constant.h"
#include "ops/op.h"
#include "ops/quantization.h"
#include "ops/requantize.h"
#include "ops/strided_view.h"

namespace thimble::ops {
namespace {

using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

// Loops over the output elements and, inside, over the elements that go into one; outermost first.
// Neighbouring dimensions of a kind are merged, so of 6 dimensions at most 3 loops of a kind
// remain.
constexpr size_t kMaxLoops = kMaxDimensions / 2;

struct Loops {
  std::array<int32_t, kMaxLoops> extents{1, 1, 1};
  std::array<int32_t, kMaxLoops> strides{0, 0, 0};

  int64_t count() const { return int64_t{extents[0]} * extents[1] * extents[2]; }

  template <typename F>
  void for_each(int64_t start, F f) const {
    for (int32_t i = 0; i < extents[0]; ++i)
      for (int32_t j = 0; j < extents[1]; ++j)
        for (int32_t k = 0; k < extents[2]; ++k)
          f(start + int64_t{i} * strides[0] + int64_t{j} * strides[1] + int64_t{k} * strides[2]);
  }
};

struct Reduction {
  ir::Shape output;
  Loops kept, reduced;
};

Result<std::vector<bool>> read_reduced_dimensions(const Graph& graph, const Node& node) {
  const ir::Shape& shape = graph.input(node, 0)->shape;
  THIMBLE_ASSIGN(const std::vector<int64_t> axes,
                 read_index_constant(*graph.input(node, 1), "axes"));
  std::vector<bool> reduced(shape.size(), false);
  for (int64_t axis : axes) {
    THIMBLE_ASSIGN(const size_t dimension, resolve_axis(axis, shape.size()));
    reduced[dimension] = true;
  }
  return reduced;
}

Result<Reduction> read_reduction(const Graph& graph, const Node& node) {
  const ir::Shape& shape = graph.input(node, 0)->shape;
  THIMBLE_ASSIGN(const std::vector<bool> reduced, read_reduced_dimensions(graph, node));
  THIMBLE_ASSIGN(const int64_t keep_dims, node.attributes.get_int("keep_dims"));
  Reduction result;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (!reduced[d])
      result.output.push_back(shape[d]);
    else if (keep_dims != 0)
      result.output.push_back(1);
  }
  const std::vector<int64_t> strides = element_strides(shape);
  size_t next_kept = kMaxLoops, next_reduced = kMaxLoops;
  Loops* previous = nullptr;
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1) continue;
    Loops* loops = reduced[d] ? &result.reduced : &result.kept;
    size_t& next = reduced[d] ? next_reduced : next_kept;
    if (loops == previous) {
      loops->extents[next] *= shape[d];
    } else {
      CHECK(next > 0);
      --next;
      loops->extents[next] = shape[d];
      loops->strides[next] = static_cast<int32_t>(strides[d]);
    }
    previous = loops;
  }
  return result;
}

// sum -> clamp((sum + offset) * multiplier + output zero point)
struct IntegerArithmetic {
  int32_t offset = 0;
  QuantizedMultiplier multiplier;
  int32_t output_zero_point = 0;
  IntegerRange range{};

  int32_t apply(uint32_t wrapping_sum) const {
    const auto sum = static_cast<int32_t>(wrapping_sum + static_cast<uint32_t>(offset));
    const int64_t scaled = multiply_by_quantized_multiplier(sum, multiplier);
    return static_cast<int32_t>(
        std::clamp<int64_t>(scaled + output_zero_point, range.min, range.max));
  }
};

Result<IntegerArithmetic> integer_arithmetic(const ir::Tensor& input, const ir::Tensor& output,
                                             int64_t count) {
  IntegerArithmetic result;
  THIMBLE_ASSIGN(result.multiplier,
                 quantize_multiplier(double{input.scale()} / double{output.scale()}));
  // The division by `count` goes into the multiplier, which stays in its normal range.
  const int bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(count))) - 1;
  const int shift = std::min({bits, 32, 31 + result.multiplier.shift});
  result.multiplier.multiplier =
      static_cast<int32_t>((int64_t{result.multiplier.multiplier} << shift) / count);
  result.multiplier.shift -= shift;
  result.offset = static_cast<int32_t>(-input.zero_point() * count);
  result.output_zero_point = output.zero_point();
  result.range = type_range(output.type);
  return result;
}

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(check_arity(node, 2, 2));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_type(input, "input", {DataType::kInt8, DataType::kInt16, DataType::kFloat32}));
  THIMBLE_TRY(check_same_type(input, output));
  THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(check_per_tensor_quantization(output, "output"));
  THIMBLE_ASSIGN(const Reduction reduction, read_reduction(graph, node));
  if (ir::is_integer(input.type))
    THIMBLE_TRY(integer_arithmetic(input, output, reduction.reduced.count()));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(Reduction reduction, read_reduction(graph, node));
  return std::vector<ir::Shape>{std::move(reduction.output)};
}

// One addition per input element and one division per output.
Cost cost(const Graph& graph, const Node& node) {
  return {.flops = static_cast<uint64_t>(graph.input(node, 0)->elements()) +
                   static_cast<uint64_t>(graph.output(node).elements())};
}

template <typename T>
void mean_integer(const ExecContext& context, const Reduction& reduction,
                  const IntegerArithmetic& arithmetic) {
  const T* in = context.in<T>(0);
  T* out = context.out<T>();
  reduction.kept.for_each(0, [&](int64_t start) {
    uint32_t sum = 0;
    reduction.reduced.for_each(start, [&](int64_t i) { sum += static_cast<uint32_t>(in[i]); });
    *out++ = static_cast<T>(arithmetic.apply(sum));
  });
}

void mean_float(const ExecContext& context, const Reduction& reduction) {
  const float* in = context.in<float>(0);
  float* out = context.out<float>();
  const auto count = static_cast<float>(reduction.reduced.count());
  reduction.kept.for_each(0, [&](int64_t start) {
    float sum = 0;
    reduction.reduced.for_each(start, [&](int64_t i) { sum += in[i]; });
    *out++ = sum / count;
  });
}

Result<> execute(const ExecContext& context) {
  const ir::Tensor& input = *context.graph.input(context.node, 0);
  const ir::Tensor& output = context.graph.output(context.node);
  THIMBLE_ASSIGN(const Reduction reduction, read_reduction(context.graph, context.node));
  if (input.type == DataType::kFloat32) {
    mean_float(context, reduction);
    return {};
  }
  THIMBLE_ASSIGN(const IntegerArithmetic arithmetic,
                 integer_arithmetic(input, output, reduction.reduced.count()));
  if (input.type == DataType::kInt8)
    mean_integer<int8_t>(context, reduction, arithmetic);
  else
    mean_integer<int16_t>(context, reduction, arithmetic);
  return {};
}

// For target/kernels/mean/mean_dsp.cc: sums of words of neighbouring elements that fit in
// half-words.
bool fits_words(const Reduction& reduction) {
  constexpr int64_t kMostPixels = 256;
  return reduction.kept.strides.back() == 1 && reduction.reduced.extents.front() == 1 &&
         reduction.reduced.count() <= kMostPixels;
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_ASSIGN(const Reduction reduction, read_reduction(graph, node));
  auto list = [](const auto& array) { return std::vector<int64_t>(array.begin(), array.end()); };
  KernelCall call;
  call.function = fmt::format("mean_{}_ref", kernel_suffix(input.type));
  call.params_type = "MeanParams";
  call.header = "kernels/mean/kernel.h";
  call.source = "kernels/mean/mean_ref.cc";
  call.fields = {{"kept_extents", list(reduction.kept.extents)},
                 {"kept_strides", list(reduction.kept.strides)},
                 {"reduced_extents", list(reduction.reduced.extents)},
                 {"reduced_strides", list(reduction.reduced.strides)}};
  if (input.type == DataType::kFloat32) {
    call.fields.push_back({"count", static_cast<float>(reduction.reduced.count())});
  } else {
    THIMBLE_ASSIGN(const IntegerArithmetic arithmetic,
                   integer_arithmetic(input, output, reduction.reduced.count()));
    const Field fields[] = {{"offset", arithmetic.offset},
                            {"multiplier", arithmetic.multiplier.multiplier},
                            {"shift", arithmetic.multiplier.shift},
                            {"output_zero_point", arithmetic.output_zero_point}};
    call.fields.insert(call.fields.end(), std::begin(fields), std::end(fields));
  }
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  std::vector<Lowering> ways = {{.calls = {call}, .overlap = std::nullopt}};
  if (target.optimized && target.dsp && input.type == DataType::kInt8 && fits_words(reduction)) {
    call.function = "mean_s8_dsp";
    call.source = "kernels/mean/mean_dsp.cc";
    ways.insert(ways.begin(),
                {.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "words"});
  }
  return Lowerings(std::move(ways));
}

}  // namespace

extern const OpInfo k_mean{"MEAN", verify, infer_shapes, cost, execute, lower, kOwnScale};

}  // namespace thimble::ops
