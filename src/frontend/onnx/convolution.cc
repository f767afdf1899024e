// Conv, ConvTranspose, and the BatchNormalization that follows them.
#include <algorithm>
#include <cmath>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/images.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

// From [O, I, H, W] to ours.
const Order kConvWeights{0, 2, 3, 1};        // [O, H, W, I]
const Order kDepthwiseWeights{1, 2, 3, 0};   // [1, H, W, O], as I is 1
const Order kTransposedWeights{1, 2, 3, 0};  // [I, O, H, W] to [O, H, W, I]

// What Conv and ConvTranspose have in common.
struct Convolution {
  Value input;                    // [N, C, H, W]
  size_t rank = 4;                // of the input in the file
  ir::Tensor weights;             // [O, I, H, W]; of a transposed one [I, O, H, W]
  bool has_real_weights = false;  // integers that stand for real numbers
  std::optional<Value> bias;
  SlidingWindow window;  // without outputs
  int32_t groups = 1;
};

Result<ir::Tensor> weights_with_height(ir::Tensor weights, size_t rank) {
  if (weights.shape.size() != rank)
    return fail(ErrorCode::kMalformed, "weights of {} do not fit an input of {} dimensions",
                ir::shape_text(weights.shape), rank);
  if (rank == 3) weights.shape.insert(weights.shape.begin() + 2, 1);
  if (ir::element_count(weights.shape) < 1) return fail(ErrorCode::kMalformed, "has no weights");
  return weights;
}

Result<Convolution> read_convolution(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value input, converter.input(node, 0));
  THIMBLE_ASSIGN(Value weights, converter.input(node, 1));
  if (!weights.is_constant())
    return fail(ErrorCode::kUnsupported, "weights that are no constant are not supported");
  Convolution conv;
  conv.rank = input.shape.size();
  conv.has_real_weights = weights.is_dequantized;
  THIMBLE_ASSIGN(conv.input, image_operand(converter, node, std::move(input)));
  THIMBLE_ASSIGN(conv.weights, weights_with_height(std::move(weights.constant), conv.rank));
  if (node.has_input(2)) {
    THIMBLE_ASSIGN(conv.bias, converter.input(node, 2));
    if (!conv.bias->is_constant())
      return fail(ErrorCode::kUnsupported, "a bias that is no constant is not supported");
  }
  THIMBLE_ASSIGN(const int64_t groups, node.get_int("group", 1));
  if (groups < 1 || groups > conv.input.shape[1])
    return fail(ErrorCode::kMalformed, "{} groups of {} channels", groups, conv.input.shape[1]);
  conv.groups = static_cast<int32_t>(groups);
  const ir::Shape& w = conv.weights.shape;
  const ir::Shape extents(conv.input.shape.end() - static_cast<std::ptrdiff_t>(conv.rank - 2),
                          conv.input.shape.end());
  const std::vector<int64_t> kernel(w.end() - static_cast<std::ptrdiff_t>(conv.rank - 2), w.end());
  THIMBLE_ASSIGN(const std::vector<int64_t> declared, node.get_ints("kernel_shape", kernel));
  if (declared != kernel)
    return fail(ErrorCode::kMalformed, "kernel_shape does not fit weights of {}",
                ir::shape_text(w));
  THIMBLE_ASSIGN(conv.window, read_window(node, extents, kernel));
  return conv;
}

// Integers need int8 weights with a scale in all, or one per output channel (dimension `axis`).
bool may_be_integer(const Converter& converter, const Convolution& conv, int32_t axis) {
  const ir::Quantization& q = conv.weights.quantization;
  return converter.is_int8(conv.input) && conv.has_real_weights &&
         conv.weights.type == DataType::kInt8 && (!q.per_channel() || q.axis == axis);
}

// Input, weights and bias as the destination wants them.
Result<> prepare(Converter& converter, const OnnxNode& node, const Destination& destination,
                 size_t channels, Convolution& conv) {
  if (destination.is_integer()) {
    if (conv.bias) {
      const float scale = converter.tensor(conv.input).scale();
      THIMBLE_ASSIGN(ir::Tensor bias,
                     integer_bias(*conv.bias, scale, conv.weights.quantization, channels));
      conv.bias = Value::of_constant(std::move(bias));
    }
    return {};
  }
  THIMBLE_ASSIGN(conv.input, converter.real(node, std::move(conv.input)));
  THIMBLE_ASSIGN(const std::vector<float> weights, real_values(conv.weights));
  conv.weights = float_constant(conv.weights.name, conv.weights.shape, weights);
  if (conv.bias) {
    THIMBLE_ASSIGN(conv.bias, converter.real(node, std::move(*conv.bias)));
  }
  return {};
}

void add_bias(Converter& converter, const Convolution& conv, NewNode& added) {
  if (conv.bias) added.inputs.push_back(converter.add_constant(conv.bias->constant));
}

}  // namespace

Result<> convert_conv(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Convolution conv, read_convolution(converter, node));
  const ir::Shape& w = conv.weights.shape;
  const int32_t in = conv.input.shape[1], out = w[0];
  if (in % conv.groups != 0 || out % conv.groups != 0 || w[1] != in / conv.groups)
    return fail(ErrorCode::kMalformed, "weights of {} in {} groups do not fit {} channels",
                ir::shape_text(w), conv.groups, in);
  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, may_be_integer(converter, conv, 0)));
  THIMBLE_TRY(prepare(converter, node, destination, static_cast<size_t>(out), conv));

  THIMBLE_TRY(fit_window(node, conv.window));
  const bool is_depthwise = conv.groups == in && in > 1;
  THIMBLE_ASSIGN(ir::TensorId x, converter.arranged(node, conv.input, channels_last(4)));
  const bool is_same = is_same_padding(conv.window);
  // Before a convolution without padding; passes make it the convolution's own again.
  if (!is_same) {
    THIMBLE_ASSIGN(x, add_border(converter, node, x, conv.window));
  }
  NewNode added{.op = is_depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D",
                .inputs = {x, converter.add_constant(permuted(
                                  conv.weights, is_depthwise ? kDepthwiseWeights : kConvWeights))},
                .attributes = window_attributes(conv.window, is_same, destination.activation),
                .type = destination.type(),
                .quantization = destination.quantization};
  added.attributes.set("dilation_h", int64_t{conv.window.h.dilation});
  added.attributes.set("dilation_w", int64_t{conv.window.w.dilation});
  if (is_depthwise) added.attributes.set("depth_multiplier", int64_t{out / in});
  add_bias(converter, conv, added);
  THIMBLE_ASSIGN(const ir::TensorId id, converter.add(node, std::move(added)));
  THIMBLE_ASSIGN(Value result, image_result(converter, node, id, conv.rank));
  return converter.set(destination.name, std::move(result));
}

namespace {

// What is kept of one dimension of the whole transposed convolution, which has the extent
// (input - 1) stride + kernel.
struct Crop {
  int32_t begin = 0;   // how much is cut off in front
  int32_t output = 1;  // how much is kept
  int32_t beyond = 0;  // how much of that lies behind the whole, where there is only the bias
};

Result<Crop> read_crop(const OnnxNode& node, const WindowDimension& d, int64_t output_padding) {
  THIMBLE_ASSIGN(const std::string auto_pad, node.get_string("auto_pad", "NOTSET"));
  if (output_padding < 0 || output_padding >= std::max(d.stride, d.dilation))
    return fail(ErrorCode::kMalformed, "output_padding has the value {}", output_padding);
  const int64_t whole = (int64_t{d.input} - 1) * d.stride + d.reach();
  int64_t output = whole - d.before - d.after + output_padding, begin = d.before;
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    output = int64_t{d.input} * d.stride;
    const int64_t cut = std::max<int64_t>(0, whole - output);
    begin = auto_pad == "SAME_UPPER" ? cut / 2 : cut - cut / 2;
  }
  if (output < 1 || begin + output > INT32_MAX)
    return fail(ErrorCode::kMalformed, "the output has the extent {}", output);
  const int64_t beyond = std::max<int64_t>(0, begin + output - whole);
  return Crop{static_cast<int32_t>(begin), static_cast<int32_t>(output),
              static_cast<int32_t>(beyond)};
}

// Whether padding "same" of TRANSPOSE_CONV keeps just that.
bool is_same_crop(const WindowDimension& d, const Crop& crop) {
  const ops::WindowAxis axis =
      ops::window_axis(ops::Padding::kSame, crop.output, d.kernel, d.stride);
  return axis.output == d.input && axis.pad_before == crop.begin;
}

}  // namespace

Result<> convert_conv_transpose(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Convolution conv, read_convolution(converter, node));
  const ir::Shape& w = conv.weights.shape;
  const WindowDimension& h_window = conv.window.h;
  const WindowDimension& w_window = conv.window.w;
  const int32_t out = w[1];
  if (w[0] != conv.input.shape[1])
    return fail(ErrorCode::kMalformed, "weights of {} do not fit {} channels", ir::shape_text(w),
                conv.input.shape[1]);
  if (node.has("output_shape") || conv.groups != 1 || h_window.dilation != 1 ||
      w_window.dilation != 1)
    return fail(ErrorCode::kUnsupported, "groups, dilations and output_shape are not supported");
  THIMBLE_ASSIGN(std::vector<int64_t> output_padding,
                 node.get_ints("output_padding", std::vector<int64_t>(conv.rank - 2, 0)));
  if (output_padding.size() != conv.rank - 2)
    return fail(ErrorCode::kMalformed, "output_padding has {} numbers", output_padding.size());
  output_padding.insert(output_padding.begin(), 4 - conv.rank, 0);
  THIMBLE_ASSIGN(const Crop h, read_crop(node, h_window, output_padding[0]));
  THIMBLE_ASSIGN(const Crop v, read_crop(node, w_window, output_padding[1]));
  const bool is_beyond = h.beyond > 0 || v.beyond > 0;
  const bool is_same = !is_beyond && is_same_crop(h_window, h) && is_same_crop(w_window, v);

  THIMBLE_ASSIGN(const Destination destination,
                 converter.destination(node, !is_beyond && may_be_integer(converter, conv, 1),
                                       /*takes_activation=*/false));
  THIMBLE_TRY(prepare(converter, node, destination, static_cast<size_t>(out), conv));
  THIMBLE_ASSIGN(const ir::TensorId x, converter.arranged(node, conv.input, channels_last(4)));
  const int64_t whole_h = (int64_t{h_window.input} - 1) * h_window.stride + h_window.kernel;
  const int64_t whole_w = (int64_t{w_window.input} - 1) * w_window.stride + w_window.kernel;
  if (whole_h > INT32_MAX || whole_w > INT32_MAX)
    return fail(ErrorCode::kLimit, "the output is too large");
  const std::vector<int32_t> shape{conv.input.shape[0],
                                   is_same ? h.output : static_cast<int32_t>(whole_h),
                                   is_same ? v.output : static_cast<int32_t>(whole_w), out};
  NewNode added{
      .op = "TRANSPOSE_CONV",
      .inputs = {converter.add_constant(int32_constant(node.outputs[0] + "/shape", {4}, shape)),
                 converter.add_constant(permuted(conv.weights, kTransposedWeights)), x},
      .attributes = window_attributes(conv.window, is_same, "none"),
      .type = destination.type(),
      .quantization = destination.quantization};
  if (!is_beyond) add_bias(converter, conv, added);
  THIMBLE_ASSIGN(ir::TensorId id, converter.add(node, std::move(added)));
  if (is_beyond) {
    THIMBLE_ASSIGN(id, add_pad(converter, node, id, {0, 0, 0, h.beyond, 0, v.beyond, 0, 0}));
  }
  const bool is_cropped = !is_same && (h.begin > 0 || v.begin > 0 || h.output + h.begin < whole_h ||
                                       v.output + v.begin < whole_w);
  if (is_cropped) {
    THIMBLE_ASSIGN(id, add_slice(converter, node, id,
                                 {{0, shape[0], 1},
                                  {h.begin, h.begin + h.output, 1},
                                  {v.begin, v.begin + v.output, 1},
                                  {0, out, 1}}));
  }
  THIMBLE_ASSIGN(Value result, image_result(converter, node, id, conv.rank));
  if (is_beyond && conv.bias) {
    ir::Shape by_channel(conv.rank - 1, 1);
    by_channel[0] = out;
    THIMBLE_ASSIGN(result, add_binary(converter, node, "ADD", std::move(result),
                                      Value::of_constant(reshaped(conv.bias->constant, by_channel)),
                                      {.name = {}, .quantization = {}}));
  }
  return converter.set(destination.name, std::move(result));
}

Result<> convert_batch_normalization(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const int64_t training, node.get_int("training_mode", 0));
  THIMBLE_ASSIGN(const int64_t spatial, node.get_int("spatial", 1));
  THIMBLE_ASSIGN(const float epsilon, node.get_float("epsilon", 1e-5f));
  if (training != 0 || spatial != 1)
    return fail(ErrorCode::kUnsupported, "only the form for inference, by channel, is supported");
  THIMBLE_ASSIGN(Value value, converter.input(node, 0));
  if (value.shape.size() < 2)
    return fail(ErrorCode::kMalformed, "an input of shape {}", ir::shape_text(value.shape));
  const int32_t channels = value.shape[1];
  std::vector<std::vector<float>> statistics;  // scale, bias, mean, variance
  for (size_t i = 1; i <= 4; ++i) {
    THIMBLE_ASSIGN(const ir::Tensor constant, converter.constant_input(node, i));
    THIMBLE_ASSIGN(statistics.emplace_back(), real_values(constant));
    if (statistics.back().size() != static_cast<size_t>(channels))
      return fail(ErrorCode::kMalformed, "input {} has {} elements, expected {}", i,
                  statistics.back().size(), channels);
  }
  std::vector<float> scales, shifts;
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    const double scale = statistics[0][c] / std::sqrt(double{statistics[3][c]} + double{epsilon});
    scales.push_back(static_cast<float>(scale));
    shifts.push_back(static_cast<float>(statistics[1][c] - statistics[2][c] * scale));
  }
  ir::Shape shape(value.shape.size() - 1, 1);
  shape[0] = channels;
  const Destination floats{.name = {}, .quantization = {}};
  THIMBLE_ASSIGN(value, converter.real(node, std::move(value)));
  THIMBLE_ASSIGN(
      value,
      add_binary(converter, node, "MUL", std::move(value),
                 Value::of_constant(float_constant(node.outputs[0] + "/scale", shape, scales)),
                 floats));
  THIMBLE_ASSIGN(
      value,
      add_binary(converter, node, "ADD", std::move(value),
                 Value::of_constant(float_constant(node.outputs[0] + "/shift", shape, shifts)),
                 floats));
  return converter.set(node, 0, std::move(value));
}

}  // namespace thimble::frontend
