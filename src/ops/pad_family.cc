#include "ops/pad_family.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "ops/broadcast.h"
#include "ops/checks.h"
#include "ops/index_constant.h"
#include "ops/requantize.h"
#include "ops/strided_view.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using ir::Graph;
using ir::Node;

// Per dimension: extent of the input, and how many values come before and after.
struct PaddedDimension {
  int64_t extent, before, after;

  int64_t total() const { return before + extent + after; }
};

Result<std::vector<PaddedDimension>> read_dimensions(const Graph& graph, const Node& node) {
  const ir::Shape& shape = graph.input(node, 0)->shape;
  THIMBLE_ASSIGN(const std::vector<int64_t> paddings,
                 read_index_constant(*graph.input(node, 1), "paddings"));
  if (paddings.size() != 2 * shape.size())
    return fail(ErrorCode::kMalformed, "{} paddings for {} dimensions, expected {}",
                paddings.size(), shape.size(), 2 * shape.size());
  std::vector<PaddedDimension> dimensions;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int64_t before = paddings[2 * d], after = paddings[2 * d + 1];
    if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
      return fail(ErrorCode::kMalformed, "dimension {} has the paddings {} and {}", d, before,
                  after);
    dimensions.push_back({shape[d], before, after});
    if (dimensions.back().total() > INT32_MAX)
      return fail(ErrorCode::kLimit, "dimension {} is too large", d);
  }
  return dimensions;
}

// Exactly kMaxDimensions: what follows a dimension without a border of its own belongs to its
// elements.
std::vector<PaddedDimension> merge(const std::vector<PaddedDimension>& dimensions) {
  std::vector<PaddedDimension> merged;  // innermost first
  for (size_t d = dimensions.size(); d-- > 0;) {
    const PaddedDimension& dimension = dimensions[d];
    if (!merged.empty() && merged.back().before == 0 && merged.back().after == 0) {
      const int64_t inner = merged.back().extent;
      merged.back() = {dimension.extent * inner, dimension.before * inner, dimension.after * inner};
    } else {
      merged.push_back(dimension);
    }
  }
  merged.resize(kMaxDimensions, {1, 0, 0});
  std::ranges::reverse(merged);
  return merged;
}

// The value as an integer of the output's type; not for floats.
int64_t integer_value(const Graph& graph, const Node& node, PadValue value) {
  const ir::Tensor& output = graph.output(node);
  if (value == PadValue::kZero) return output.quantization.present() ? output.zero_point() : 0;
  const ir::Tensor& operand = *graph.input(node, 2);
  switch (operand.type) {
    case DataType::kInt8:
      return *operand.as<int8_t>();
    case DataType::kInt16:
      return *operand.as<int16_t>();
    default:
      CHECK(operand.type == DataType::kInt32);
      return *operand.as<int32_t>();
  }
}

float float_value(const Graph& graph, const Node& node, PadValue value) {
  return value == PadValue::kZero ? 0 : *graph.input(node, 2)->as<float>();
}

// The bytes of one output element.
base::Bytes value_bytes(const Graph& graph, const Node& node, PadValue value) {
  const DataType type = graph.output(node).type;
  base::Bytes bytes(ir::type_bytes(type));
  if (type == DataType::kFloat32) {
    const float real = float_value(graph, node, value);
    std::memcpy(bytes.data(), &real, bytes.size());
  } else {
    auto integer = static_cast<uint64_t>(integer_value(graph, node, value));
    for (std::byte& byte : bytes) {
      byte = static_cast<std::byte>(integer & 0xFF);
      integer >>= 8;
    }
  }
  return bytes;
}

}  // namespace

Result<> verify_pad(const Graph& graph, const Node& node, PadValue value) {
  const size_t operands = value == PadValue::kZero ? 2 : 3;
  THIMBLE_TRY(check_arity(node, operands, operands));
  const ir::Tensor& input = *graph.input(node, 0);
  const ir::Tensor& output = graph.output(node);
  THIMBLE_TRY(check_copied_type(input, output));
  // int32 may be plain integers.
  if (input.type != DataType::kInt32) THIMBLE_TRY(check_per_tensor_quantization(input, "input"));
  THIMBLE_TRY(read_dimensions(graph, node));
  if (value == PadValue::kZero) return {};
  const ir::Tensor& operand = *graph.input(node, 2);
  THIMBLE_TRY(check_constant(operand, "value"));
  THIMBLE_TRY(check_same_type(input, operand));
  THIMBLE_TRY(check_same_quantization(operand, output));
  if (operand.elements() != 1)
    return fail(ErrorCode::kMalformed, "the value ({}) has {} elements, expected one", operand.name,
                operand.elements());
  return {};
}

Result<std::vector<ir::Shape>> infer_pad_shapes(const Graph& graph, const Node& node) {
  THIMBLE_ASSIGN(const std::vector<PaddedDimension> dimensions, read_dimensions(graph, node));
  ir::Shape shape;
  for (const PaddedDimension& dimension : dimensions)
    shape.push_back(static_cast<int32_t>(dimension.total()));
  return std::vector<ir::Shape>{std::move(shape)};
}

Cost pad_cost(const Graph&, const Node&) {
  return {};
}

Result<> execute_pad(const ExecContext& context, PadValue value) {
  THIMBLE_ASSIGN(const std::vector<PaddedDimension> dimensions,
                 read_dimensions(context.graph, context.node));
  const base::Bytes element = value_bytes(context.graph, context.node, value);
  const std::byte* in = context.inputs[0];
  std::byte* out = context.outputs[0];
  auto walk = [&](auto& self, size_t d, bool inside) -> void {
    if (d == dimensions.size()) {
      std::memcpy(out, inside ? in : element.data(), element.size());
      out += element.size();
      if (inside) in += element.size();
      return;
    }
    const PaddedDimension& dimension = dimensions[d];
    for (int64_t i = 0; i < dimension.total(); ++i) {
      const bool in_extent = i >= dimension.before && i < dimension.before + dimension.extent;
      self(self, d + 1, inside && in_extent);
    }
  };
  walk(walk, 0, true);
  return {};
}

Result<Lowerings> lower_pad(const Graph& graph, const Node& node, PadValue value) {
  THIMBLE_ASSIGN(const std::vector<PaddedDimension> dimensions, read_dimensions(graph, node));
  const DataType type = graph.output(node).type;
  std::vector<int64_t> extents, before, after;
  for (const PaddedDimension& dimension : merge(dimensions)) {
    extents.push_back(dimension.extent);
    before.push_back(dimension.before);
    after.push_back(dimension.after);
  }
  KernelCall call;
  call.function = fmt::format("pad_{}_ref", kernel_suffix(type));
  call.params_type = fmt::format("PadParams<{}>", type == DataType::kFloat32 ? "float"
                                                  : type == DataType::kInt8  ? "int8_t"
                                                  : type == DataType::kInt16 ? "int16_t"
                                                                             : "int32_t");
  call.header = "kernels/pad/kernel.h";
  call.source = "kernels/pad/pad_ref.cc";
  call.fields = {{"extents", extents}, {"before", before}, {"after", after}};
  if (type == DataType::kFloat32)
    call.fields.push_back({"value", float_value(graph, node, value)});
  else
    call.fields.push_back({"value", integer_value(graph, node, value)});
  call.inputs = {node.inputs[0]};
  call.outputs = {node.outputs[0]};
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

}  // namespace thimble::ops
