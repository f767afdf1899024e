// Poolings and reductions.
#include <algorithm>
#include <limits>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/images.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"
#include "ops/index_constant.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;
using ir::TensorId;

struct Pooling {
  Value input;  // [N, C, H, W]
  size_t rank;  // of the input in the file
  SlidingWindow window;
};

Result<Pooling> read_pooling(Converter& converter, const OnnxNode& node, Value input) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    return fail(ErrorCode::kUnsupported, "the indices of the largest elements are not supported");
  Pooling pooling{.input = {}, .rank = input.shape.size(), .window = {}};
  THIMBLE_ASSIGN(pooling.input, image_operand(converter, node, std::move(input)));
  THIMBLE_ASSIGN(const std::vector<int64_t> kernel, node.get_ints("kernel_shape", {}));
  const ir::Shape extents(pooling.input.shape.end() - static_cast<std::ptrdiff_t>(pooling.rank - 2),
                          pooling.input.shape.end());
  THIMBLE_ASSIGN(pooling.window, read_window(node, extents, kernel));
  if (pooling.window.h.dilation != 1 || pooling.window.w.dilation != 1)
    return fail(ErrorCode::kUnsupported, "dilations are not supported");
  THIMBLE_TRY(fit_window(node, pooling.window));
  return pooling;
}

// The pooling of an NHWC tensor, with padding "same" or none.
Result<TensorId> add_pool(Converter& converter, const OnnxNode& node, std::string op, TensorId id,
                          const SlidingWindow& window, bool is_same) {
  const ir::Tensor& tensor = converter.graph().tensor(id);
  NewNode added{.op = std::move(op),
                .inputs = {id},
                .attributes = {{"filter_h", int64_t{window.h.kernel}},
                               {"filter_w", int64_t{window.w.kernel}}},
                .type = tensor.type,
                .quantization = tensor.quantization};
  for (const auto& [name, value] : window_attributes(window, is_same, "none"))
    added.attributes.set(name, value);
  return converter.add(node, std::move(added));
}

// How much of the window lies where elements count, by position.
std::vector<float> counted(const WindowDimension& d, bool counts_padding) {
  std::vector<float> counts;
  const int32_t low = counts_padding ? -d.before : 0;
  const int32_t high = counts_padding ? d.input + d.after : d.input;
  for (int32_t i = 0; i < d.output; ++i) {
    const int32_t begin = i * d.stride - d.before;
    counts.push_back(static_cast<float>(std::min(begin + d.kernel, high) - std::max(begin, low)));
  }
  return counts;
}

// After a mean over whole windows, zeros around the image included: the means over what counts.
Result<Value> corrected(Converter& converter, const OnnxNode& node, Value means,
                        const SlidingWindow& window, bool counts_padding) {
  if (int64_t{window.h.output} * window.w.output > kMaxFoldedElements)
    return fail(ErrorCode::kLimit, "the image is too large for this padding");
  const std::vector<float> rows = counted(window.h, counts_padding);
  const std::vector<float> columns = counted(window.w, counts_padding);
  const float all = static_cast<float>(window.h.kernel) * static_cast<float>(window.w.kernel);
  std::vector<float> factors;
  for (float row : rows)
    for (float column : columns) {
      if (row < 1 || column < 1)
        return fail(ErrorCode::kUnsupported, "a window lies in the padding altogether");
      factors.push_back(all / (row * column));
    }
  ir::Shape shape(means.shape.size(), 1);
  shape.back() = window.w.output;
  if (shape.size() == 4) shape[2] = window.h.output;
  return add_binary(
      converter, node, "MUL", std::move(means),
      Value::of_constant(float_constant(node.outputs[0] + "/correction", shape, factors)),
      {.name = {}, .quantization = {}});
}

// Means of floats, whatever the padding.
Result<Value> average_of_floats(Converter& converter, const OnnxNode& node, const Pooling& pooling,
                                bool counts_padding) {
  const SlidingWindow& window = pooling.window;
  THIMBLE_ASSIGN(TensorId id, converter.arranged(node, pooling.input, channels_last(4)));
  // Ours counts no padding.
  const bool is_own = is_same_padding(window) && (!counts_padding || !has_padding(window));
  if (!is_own) {
    THIMBLE_ASSIGN(id, add_border(converter, node, id, window));
  }
  THIMBLE_ASSIGN(id, add_pool(converter, node, "AVERAGE_POOL_2D", id, window, is_own));
  THIMBLE_ASSIGN(Value means, image_result(converter, node, id, pooling.rank));
  const bool is_right = is_own || !has_padding(window) ||
                        (counts_padding && window.h.overhang == 0 && window.w.overhang == 0);
  if (is_right) return means;
  return corrected(converter, node, std::move(means), window, counts_padding);
}

// A window over the whole image.
Result<Pooling> global_pooling(Converter& converter, const OnnxNode& node, Value input) {
  THIMBLE_ASSIGN(const int64_t is_channels_last, node.get_int("channels_last", 0));
  if (is_channels_last != 0)
    return fail(ErrorCode::kUnsupported, "the attribute channels_last is not supported");
  Pooling pooling{.input = {}, .rank = input.shape.size(), .window = {}};
  THIMBLE_ASSIGN(pooling.input, image_operand(converter, node, std::move(input)));
  pooling.window.h.kernel = pooling.window.h.input = pooling.input.shape[2];
  pooling.window.w.kernel = pooling.window.w.input = pooling.input.shape[3];
  return pooling;
}

Result<> convert_global(Converter& converter, const OnnxNode& node, std::string op, Value input,
                        const std::string& name) {
  const bool is_dequantized = input.is_dequantized;
  THIMBLE_ASSIGN(const Pooling pooling, global_pooling(converter, node, std::move(input)));
  THIMBLE_ASSIGN(TensorId id, converter.arranged(node, pooling.input, channels_last(4)));
  THIMBLE_ASSIGN(id, add_pool(converter, node, std::move(op), id, pooling.window, false));
  THIMBLE_ASSIGN(Value result, image_result(converter, node, id, pooling.rank));
  result.is_dequantized = is_dequantized;
  return converter.set(name, std::move(result));
}

// The dimensions over which a reduction goes, sorted.
Result<std::vector<size_t>> read_axes(const Converter& converter, const OnnxNode& node,
                                      size_t rank) {
  std::vector<int64_t> given;
  if (node.has_input(1)) {
    THIMBLE_ASSIGN(given, converter.integers_input(node, 1));
  } else {
    THIMBLE_ASSIGN(given, node.get_ints("axes", {}));
  }
  std::vector<size_t> axes;
  for (int64_t axis : given) {
    THIMBLE_ASSIGN(const size_t resolved, ops::resolve_axis(axis, rank));
    axes.push_back(resolved);
  }
  if (given.empty())
    for (size_t d = 0; d < rank; ++d) axes.push_back(d);
  std::ranges::sort(axes);
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

// The mean over some dimensions, which stay as 1.
Result<Value> add_mean(Converter& converter, const OnnxNode& node, const Value& value,
                       const std::vector<size_t>& axes, const Destination& destination) {
  const Order order = Converter::order_of(value);
  THIMBLE_ASSIGN(const TensorId id, converter.arranged(node, value, order));
  std::vector<int32_t> lying;
  ir::Shape shape = value.shape;
  for (size_t axis : axes) {
    lying.push_back(
        static_cast<int32_t>(std::ranges::find(order, static_cast<int32_t>(axis)) - order.begin()));
    shape[axis] = 1;
  }
  std::ranges::sort(lying);
  const TensorId axes_id = converter.add_constant(
      int32_constant(node.outputs[0] + "/axes", {static_cast<int32_t>(lying.size())}, lying));
  THIMBLE_ASSIGN(const TensorId mean,
                 converter.add(node, {.op = "MEAN",
                                      .inputs = {id, axes_id},
                                      .attributes = {{"keep_dims", int64_t{1}}},
                                      .type = destination.type(),
                                      .quantization = destination.quantization}));
  Value result = Converter::value_of(mean, shape, order);
  result.is_image = value.is_image;
  return result;
}

enum class Reduction { kMean, kSum };

Result<> convert_reduction(Converter& converter, const OnnxNode& node, Reduction reduction) {
  THIMBLE_ASSIGN(const int64_t keeps_dimensions, node.get_int("keepdims", 1));
  THIMBLE_ASSIGN(const int64_t is_noop, node.get_int("noop_with_empty_axes", 0));
  if (is_noop != 0)
    return fail(ErrorCode::kUnsupported, "the attribute noop_with_empty_axes is not supported");
  THIMBLE_ASSIGN(const Value input, converter.input(node, 0));
  THIMBLE_ASSIGN(const std::vector<size_t> axes, read_axes(converter, node, input.shape.size()));
  const bool may_be_integer = reduction == Reduction::kMean && converter.is_int8(input);
  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, may_be_integer, /*takes_activation=*/false));
  THIMBLE_ASSIGN(const Value value, operand(converter, node, 0, destination));
  THIMBLE_ASSIGN(Value result, add_mean(converter, node, value, axes, destination));
  if (reduction == Reduction::kSum) {
    float count = 1;
    for (size_t axis : axes) count *= static_cast<float>(value.shape[axis]);
    THIMBLE_ASSIGN(result, add_binary(converter, node, "MUL", result, count));
  }
  if (keeps_dimensions == 0) {
    ir::Shape shape;
    for (size_t d = 0; d < value.shape.size(); ++d)
      if (!std::ranges::binary_search(axes, d)) shape.push_back(value.shape[d]);
    THIMBLE_ASSIGN(result, converter.with_shape(node, std::move(result), std::move(shape)));
  }
  return converter.set(destination.name, std::move(result));
}

}  // namespace

Result<> convert_max_pool(Converter& converter, const OnnxNode& node) {
  // The largest integer stands for the largest number: no need for floats.
  THIMBLE_ASSIGN(Value input, converter.input(node, 0));
  const bool is_dequantized = input.is_dequantized;
  THIMBLE_ASSIGN(const Pooling pooling, read_pooling(converter, node, std::move(input)));
  THIMBLE_ASSIGN(TensorId id, converter.arranged(node, pooling.input, channels_last(4)));
  const bool is_same = is_same_padding(pooling.window);
  if (!is_same) {
    THIMBLE_ASSIGN(
        id, add_border(converter, node, id, pooling.window, std::numeric_limits<float>::lowest()));
  }
  THIMBLE_ASSIGN(id, add_pool(converter, node, "MAX_POOL_2D", id, pooling.window, is_same));
  THIMBLE_ASSIGN(Value result, image_result(converter, node, id, pooling.rank));
  result.is_dequantized = is_dequantized;
  return converter.set(node, 0, std::move(result));
}

Result<> convert_average_pool(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const int64_t counts_padding, node.get_int("count_include_pad", 0));
  THIMBLE_ASSIGN(const int64_t is_channels_last, node.get_int("channels_last", 0));
  if (is_channels_last != 0)
    return fail(ErrorCode::kUnsupported, "the attribute channels_last is not supported");
  THIMBLE_ASSIGN(Value input, converter.input(node, 0));
  THIMBLE_ASSIGN(Pooling pooling, read_pooling(converter, node, input));
  const SlidingWindow& window = pooling.window;
  const bool is_own = is_same_padding(window) && (counts_padding == 0 || !has_padding(window));
  const bool may_be_integer =
      converter.is_int8(input) && !input.is_constant() && (is_own || !has_padding(window));
  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, may_be_integer, /*takes_activation=*/false));
  if (!destination.is_integer()) {
    THIMBLE_ASSIGN(pooling.input, converter.real(node, std::move(pooling.input)));
    THIMBLE_ASSIGN(Value result, average_of_floats(converter, node, pooling, counts_padding != 0));
    return converter.set(destination.name, std::move(result));
  }
  THIMBLE_ASSIGN(TensorId id, converter.arranged(node, pooling.input, channels_last(4)));
  THIMBLE_ASSIGN(id, add_pool(converter, node, "AVERAGE_POOL_2D", id, window, is_own));
  THIMBLE_ASSIGN(id, requantized(converter, node, id, destination.quantization));
  THIMBLE_ASSIGN(Value result, image_result(converter, node, id, pooling.rank));
  return converter.set(destination.name, std::move(result));
}

Result<> convert_global_average_pool(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value input, converter.input(node, 0));
  const bool is_int8 = converter.is_int8(input) && !input.is_constant();
  THIMBLE_ASSIGN(const Destination destination, converter.destination(node, is_int8, false));
  if (!destination.is_integer()) {
    THIMBLE_ASSIGN(input, converter.real(node, std::move(input)));
    return convert_global(converter, node, "AVERAGE_POOL_2D", std::move(input), destination.name);
  }
  // Only MEAN gives the result another scale.
  THIMBLE_ASSIGN(const Pooling pooling, global_pooling(converter, node, input));
  THIMBLE_ASSIGN(Value result, add_mean(converter, node, pooling.input, {2, 3}, destination));
  ir::Shape shape = input.shape;
  std::fill(shape.begin() + 2, shape.end(), 1);
  THIMBLE_ASSIGN(result, converter.with_shape(node, std::move(result), std::move(shape)));
  return converter.set(destination.name, std::move(result));
}

Result<> convert_global_max_pool(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value input, converter.input(node, 0));
  return convert_global(converter, node, "MAX_POOL_2D", std::move(input), node.outputs[0]);
}

Result<> convert_reduce_mean(Converter& converter, const OnnxNode& node) {
  return convert_reduction(converter, node, Reduction::kMean);
}

Result<> convert_reduce_sum(Converter& converter, const OnnxNode& node) {
  return convert_reduction(converter, node, Reduction::kSum);
}

}  // namespace thimble::frontend
