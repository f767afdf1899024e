// Parts of values, and values put together.
#include <algorithm>
#include <numeric>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"
#include "ops/index_constant.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

size_t position(const Order& order, size_t dimension) {
  return static_cast<size_t>(std::ranges::find(order, static_cast<int32_t>(dimension)) -
                             order.begin());
}

// Which elements of a dimension, as numpy's x[begin:end:step], clamped: never empty.
Result<SliceRange> resolve_range(int64_t begin, int64_t end, int64_t step, int32_t extent) {
  if (step == 0 || step > INT32_MAX || step < -INT32_MAX)
    return fail(ErrorCode::kMalformed, "a slice with the step {}", step);
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  auto clamp = [&](int64_t at) {
    const int64_t counted = at < 0 ? std::max<int64_t>(at, -INT64_MAX / 2) + extent : at;
    return std::clamp<int64_t>(counted, low, high);
  };
  const int64_t first = clamp(begin), last = clamp(end);
  if (step > 0 ? first >= last : first <= last)
    return fail(ErrorCode::kUnsupported, "a slice of a dimension of {} is empty", extent);
  return SliceRange{static_cast<int32_t>(first), static_cast<int32_t>(last),
                    static_cast<int32_t>(step)};
}

std::vector<int64_t> indices(const SliceRange& range) {
  std::vector<int64_t> result;
  for (int64_t i = range.begin; range.step > 0 ? i < range.end : i > range.end; i += range.step)
    result.push_back(i);
  return result;
}

int32_t count(const SliceRange& range) {
  const int64_t distance = std::abs(int64_t{range.end} - range.begin);
  const int64_t step = std::abs(int64_t{range.step});
  return static_cast<int32_t>((distance + step - 1) / step);
}

// `ranges`: one for each dimension, as ONNX counts them.
Result<Value> sliced(Converter& converter, const OnnxNode& node, Value value,
                     const std::vector<SliceRange>& ranges) {
  if (value.is_constant()) {
    if (value.constant.elements() == 0)
      return fail(ErrorCode::kUnsupported, "a constant without elements");
    for (size_t d = 0; d < ranges.size(); ++d)
      if (indices(ranges[d]).size() != static_cast<size_t>(value.shape[d]) || ranges[d].step < 0)
        value.constant = picked(value.constant, d, indices(ranges[d]));
    value.shape = value.constant.shape;
    return value;
  }
  const Order order = Converter::order_of(value);
  THIMBLE_ASSIGN(ir::TensorId id, converter.arranged(node, value, order));
  std::vector<SliceRange> lying;
  ir::Shape shape;
  for (int32_t d : order) lying.push_back(ranges[static_cast<size_t>(d)]);
  for (const SliceRange& range : ranges) shape.push_back(count(range));
  if (shape != value.shape ||
      std::ranges::any_of(ranges, [](const SliceRange& range) { return range.step < 0; })) {
    THIMBLE_ASSIGN(id, add_slice(converter, node, id, lying));
  }
  Value result = Converter::value_of(id, shape, order);
  result.is_dequantized = value.is_dequantized;
  result.is_image = value.is_image;
  return result;
}

std::vector<SliceRange> whole(const ir::Shape& shape) {
  std::vector<SliceRange> ranges;
  for (int32_t extent : shape) ranges.push_back({0, extent, 1});
  return ranges;
}

// A list of integers that was an attribute first and an input later.
Result<std::vector<int64_t>> read_list(const Converter& converter, const OnnxNode& node,
                                       std::string_view attribute, size_t input,
                                       std::vector<int64_t> otherwise) {
  if (node.has(attribute) || !node.has_input(input))
    return node.get_ints(attribute, std::move(otherwise));
  return converter.integers_input(node, input);
}

Result<ir::Tensor> joined(const std::vector<Value>& values, size_t axis, const ir::Shape& shape) {
  ir::Tensor result = values[0].constant;
  result.shape = shape;
  base::Bytes bytes;
  size_t outer = 1;
  for (size_t d = 0; d < axis; ++d) outer *= static_cast<size_t>(shape[d]);
  for (size_t i = 0; i < outer; ++i)
    for (const Value& value : values) {
      if (value.constant.type != result.type || value.constant.quantization.per_channel())
        return fail(ErrorCode::kUnsupported, "constants of several kinds cannot be joined");
      const size_t block = value.constant.data->size() / outer;
      const auto first = value.constant.data->begin() + static_cast<std::ptrdiff_t>(i * block);
      bytes.insert(bytes.end(), first, first + static_cast<std::ptrdiff_t>(block));
    }
  result.data = std::make_shared<const base::Bytes>(std::move(bytes));
  return result;
}

Result<ir::Shape> joined_shape(const std::vector<Value>& values, size_t axis) {
  ir::Shape shape = values[0].shape;
  int64_t extent = 0;
  for (const Value& value : values) {
    bool fits = value.shape.size() == shape.size();
    for (size_t d = 0; fits && d < shape.size(); ++d)
      fits = d == axis || value.shape[d] == shape[d];
    if (!fits)
      return fail(ErrorCode::kMalformed, "shapes {} and {} do not fit along dimension {}",
                  ir::shape_text(shape), ir::shape_text(value.shape), axis);
    extent += value.shape[axis];
  }
  if (extent > INT32_MAX) return fail(ErrorCode::kLimit, "dimension {} is too large", axis);
  shape[axis] = static_cast<int32_t>(extent);
  THIMBLE_TRY(check_extents(shape));
  return shape;
}

// Integers of the same scale stay integers; of several scales they get the one that follows.
Result<Destination> join_as(Converter& converter, const OnnxNode& node,
                            const std::vector<Value>& values) {
  const bool are_int8 =
      std::ranges::all_of(values, [&](const Value& value) { return converter.is_int8(value); });
  const Destination floats{.name = node.outputs[0], .quantization = {}};
  if (!are_int8) return floats;
  const ir::Quantization& first = converter.tensor(values[0]).quantization;
  const bool are_same = std::ranges::all_of(
      values, [&](const Value& value) { return converter.tensor(value).quantization == first; });
  if (are_same) return Destination{.name = node.outputs[0], .quantization = first};
  return converter.destination(node, true, /*takes_activation=*/false);
}

}  // namespace

Result<> convert_concat(Converter& converter, const OnnxNode& node) {
  std::vector<Value> values;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    THIMBLE_ASSIGN(values.emplace_back(), converter.input(node, i));
  }
  if (values.empty()) return fail(ErrorCode::kMalformed, "has no input");
  THIMBLE_ASSIGN(const int64_t given, node.get_int("axis", 1));
  THIMBLE_ASSIGN(const size_t axis, ops::resolve_axis(given, values[0].shape.size()));
  THIMBLE_ASSIGN(const ir::Shape shape, joined_shape(values, axis));
  if (std::ranges::all_of(values, &Value::is_constant)) {
    for (Value& value : values) {
      THIMBLE_ASSIGN(value, converter.real(node, std::move(value)));
    }
    THIMBLE_ASSIGN(ir::Tensor result, joined(values, axis, shape));
    return converter.set(node, 0, Value::of_constant(std::move(result)));
  }
  THIMBLE_ASSIGN(const Destination destination, join_as(converter, node, values));
  // The order of the first activation; any works.
  const Value& leader = *std::ranges::find_if_not(values, &Value::is_constant);
  const Order order = Converter::order_of(leader);
  const bool is_image = leader.is_image;
  NewNode added{.op = "CONCATENATION",
                .inputs = {},
                .attributes = {{"axis", static_cast<int64_t>(position(order, axis))},
                               {"activation", std::string("none")}},
                .type = destination.type(),
                .quantization = destination.quantization};
  for (Value& value : values) {
    if (!destination.is_integer()) {
      THIMBLE_ASSIGN(value, converter.real(node, std::move(value)));
    }
    THIMBLE_ASSIGN(ir::TensorId id, converter.arranged(node, value, order));
    if (destination.is_integer()) {
      THIMBLE_ASSIGN(id, requantized(converter, node, id, destination.quantization));
    }
    added.inputs.push_back(id);
  }
  THIMBLE_ASSIGN(const ir::TensorId id, converter.add(node, std::move(added)));
  Value result = Converter::value_of(id, shape, order);
  result.is_image = is_image;
  // Where no QuantizeLinear was taken in, ONNX sees real numbers.
  result.is_dequantized = destination.is_integer() && destination.name == node.outputs[0];
  return converter.set(destination.name, std::move(result));
}

Result<> convert_slice(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::vector<int64_t> starts, read_list(converter, node, "starts", 1, {}));
  THIMBLE_ASSIGN(const std::vector<int64_t> ends, read_list(converter, node, "ends", 2, {}));
  std::vector<int64_t> first(starts.size());
  std::iota(first.begin(), first.end(), 0);
  THIMBLE_ASSIGN(const std::vector<int64_t> axes, read_list(converter, node, "axes", 3, first));
  THIMBLE_ASSIGN(const std::vector<int64_t> steps,
                 read_list(converter, node, "steps", 4, std::vector<int64_t>(starts.size(), 1)));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return fail(ErrorCode::kMalformed, "starts, ends, axes and steps are not as many");
  std::vector<SliceRange> ranges = whole(value.shape);
  for (size_t i = 0; i < starts.size(); ++i) {
    THIMBLE_ASSIGN(const size_t d, ops::resolve_axis(axes[i], value.shape.size()));
    THIMBLE_ASSIGN(ranges[d], resolve_range(starts[i], ends[i], steps[i], value.shape[d]));
  }
  THIMBLE_ASSIGN(Value result, sliced(converter, node, std::move(value), ranges));
  return converter.set(node, 0, std::move(result));
}

Result<> convert_split(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const int64_t given, node.get_int("axis", 0));
  THIMBLE_ASSIGN(const size_t axis, ops::resolve_axis(given, value.shape.size()));
  const auto parts = static_cast<int64_t>(node.outputs.size());
  const int64_t extent = value.shape[axis], part = (extent + parts - 1) / parts;
  std::vector<int64_t> equal(node.outputs.size(), part);
  equal.back() = extent - part * (parts - 1);
  THIMBLE_ASSIGN(const std::vector<int64_t> sizes, read_list(converter, node, "split", 1, equal));
  int64_t total = 0;
  for (int64_t size : sizes) {
    if (size < 1 || size > extent)
      return fail(ErrorCode::kUnsupported, "a part of {} of {} is not supported", size, extent);
    total += size;
  }
  if (sizes.size() != node.outputs.size() || total != extent)
    return fail(ErrorCode::kMalformed, "the parts do not make up the dimension of {}", extent);
  int32_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    std::vector<SliceRange> ranges = whole(value.shape);
    const int32_t end = begin + static_cast<int32_t>(sizes[i]);
    ranges[axis] = {begin, end, 1};
    begin = end;
    OnnxNode part_node = node;
    part_node.outputs = {node.outputs[i]};
    THIMBLE_ASSIGN(Value result, sliced(converter, part_node, value, ranges));
    THIMBLE_TRY(converter.set(part_node, 0, std::move(result)));
  }
  return {};
}

Result<> convert_gather(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const ir::Tensor given, converter.constant_input(node, 1));
  THIMBLE_ASSIGN(std::vector<int64_t> picks, integer_values(given));
  THIMBLE_ASSIGN(const int64_t axis_given, node.get_int("axis", 0));
  THIMBLE_ASSIGN(const size_t axis, ops::resolve_axis(axis_given, value.shape.size()));
  const int32_t extent = value.shape[axis];
  for (int64_t& pick : picks) {
    if (pick < -int64_t{extent} || pick >= extent)
      return fail(ErrorCode::kMalformed, "index {} of a dimension of {}", pick, extent);
    if (pick < 0) pick += extent;
  }
  if (picks.empty()) return fail(ErrorCode::kUnsupported, "picks nothing");
  ir::Shape shape = value.shape;
  const auto at = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(at, given.shape.begin(), given.shape.end());
  THIMBLE_TRY(check_extents(shape));
  if (value.is_constant()) {
    if (ir::element_count(shape) > kMaxFoldedElements)
      return fail(ErrorCode::kLimit, "a constant of shape {} is too large", ir::shape_text(shape));
    value.constant = picked(value.constant, axis, picks);
    value.shape = value.constant.shape;
  } else {
    const int64_t step = picks.size() > 1 ? picks[1] - picks[0] : 1;
    for (size_t i = 1; i < picks.size(); ++i)
      if (picks[i] - picks[i - 1] != step || step == 0)
        return fail(ErrorCode::kUnsupported, "only indices with the same distances are supported");
    std::vector<SliceRange> ranges = whole(value.shape);
    ranges[axis] = {static_cast<int32_t>(picks[0]),
                    static_cast<int32_t>(picks.back() + (step > 0 ? 1 : -1)),
                    static_cast<int32_t>(step)};
    THIMBLE_ASSIGN(value, sliced(converter, node, std::move(value), ranges));
  }
  THIMBLE_ASSIGN(value, converter.with_shape(node, std::move(value), std::move(shape)));
  return converter.set(node, 0, std::move(value));
}

Result<> convert_pad(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const Value value, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::string mode, node.get_string("mode", "constant"));
  if (mode != "constant")
    return fail(ErrorCode::kUnsupported, "the mode {} is not supported, only constant", mode);
  const std::string_view attribute = node.has("paddings") ? "paddings" : "pads";
  THIMBLE_ASSIGN(const std::vector<int64_t> pads, read_list(converter, node, attribute, 1, {}));
  THIMBLE_ASSIGN(float number, node.get_float("value", 0));
  if (node.has_input(2)) {
    THIMBLE_ASSIGN(const Value given, converter.input(node, 2));
    if (!given.is_constant() || ir::element_count(given.shape) != 1)
      return fail(ErrorCode::kUnsupported, "the border must be one constant number");
    THIMBLE_ASSIGN(const std::vector<float> values, real_values(given.constant));
    number = values[0];
  }
  const size_t rank = value.shape.size();
  std::vector<int64_t> all(rank);
  std::iota(all.begin(), all.end(), 0);
  if (node.has_input(3)) {
    THIMBLE_ASSIGN(all, converter.integers_input(node, 3));
  }
  if (pads.size() != 2 * all.size())
    return fail(ErrorCode::kMalformed, "{} paddings for {} dimensions", pads.size(), all.size());
  const Order order = Converter::order_of(value);
  std::vector<int32_t> paddings(2 * rank, 0);
  ir::Shape shape = value.shape;
  for (size_t i = 0; i < all.size(); ++i) {
    THIMBLE_ASSIGN(const size_t d, ops::resolve_axis(all[i], rank));
    const int64_t before = pads[i], after = pads[all.size() + i];
    if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
      return fail(ErrorCode::kUnsupported, "the paddings {} and {} are not supported", before,
                  after);
    const int64_t extent = before + value.shape[d] + after;
    if (extent > INT32_MAX) return fail(ErrorCode::kLimit, "dimension {} is too large", d);
    shape[d] = static_cast<int32_t>(extent);
    paddings[2 * position(order, d)] = static_cast<int32_t>(before);
    paddings[2 * position(order, d) + 1] = static_cast<int32_t>(after);
  }
  THIMBLE_ASSIGN(ir::TensorId id, converter.arranged(node, value, order));
  THIMBLE_ASSIGN(id, add_pad(converter, node, id, paddings,
                             number == 0 ? std::nullopt : std::optional(number)));
  Value result = Converter::value_of(id, shape, order);
  result.is_dequantized = value.is_dequantized;
  result.is_image = value.is_image;
  return converter.set(node, 0, std::move(result));
}

}  // namespace thimble::frontend
