#include "emit/tflite_operators.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

namespace thimble::emit {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::Attributes;
using ir::DataType;
using ir::Graph;
using ir::Node;
using schema::BuiltinOperator;

// Reading attributes. `name` is the attribute's.

Result<> read(const Attributes& attributes, std::string_view name, int32_t& value) {
  THIMBLE_ASSIGN(int64_t wide, attributes.get_int(name));
  if (!std::in_range<int32_t>(wide))
    return fail(ErrorCode::kUnsupported, "attribute {} is {}, which the format cannot hold", name,
                wide);
  value = static_cast<int32_t>(wide);
  return {};
}

Result<> read(const Attributes& attributes, std::string_view name, bool& value) {
  THIMBLE_ASSIGN(int64_t number, attributes.get_int(name));
  value = number != 0;
  return {};
}

Result<> read(const Attributes& attributes, std::string_view name, float& value) {
  THIMBLE_ASSIGN(double wide, attributes.get_float(name));
  value = static_cast<float>(wide);
  return {};
}

Result<> read(const Attributes& attributes, std::string_view name, schema::Padding& value) {
  THIMBLE_ASSIGN(std::string text, attributes.get_string(name));
  if (text != "same" && text != "valid")
    return fail(ErrorCode::kMalformed, "unknown padding {}", text);
  value = text == "same" ? schema::Padding::SAME : schema::Padding::VALID;
  return {};
}

Result<> read(const Attributes& attributes, std::string_view name, schema::Activation& value) {
  constexpr std::pair<std::string_view, schema::Activation> kNames[] = {
      {"none", schema::Activation::NONE},   {"relu", schema::Activation::RELU},
      {"relu6", schema::Activation::RELU6}, {"relu_n1_to_1", schema::Activation::RELU_N1_TO_1},
      {"tanh", schema::Activation::TANH},   {"sign_bit", schema::Activation::SIGN_BIT}};
  THIMBLE_ASSIGN(std::string text, attributes.get_string(name));
  const auto* row =
      std::ranges::find(kNames, text, &std::pair<std::string_view, schema::Activation>::first);
  if (row == std::end(kNames))
    return fail(ErrorCode::kMalformed, "unknown fused activation {}", text);
  value = row->second;
  return {};
}

// Options, one overload of fill() for each kind.

template <typename Options>  // whose only attribute is the activation
Result<> fill(const Attributes& attributes, Options& options) {
  return read(attributes, "activation", options.fused_activation_function);
}

template <typename Options>
Result<> fill_window(const Attributes& attributes, Options& options) {
  THIMBLE_TRY(read(attributes, "padding", options.padding));
  THIMBLE_TRY(read(attributes, "stride_h", options.stride_h));
  THIMBLE_TRY(read(attributes, "stride_w", options.stride_w));
  return read(attributes, "activation", options.fused_activation_function);
}

template <typename Options>
Result<> fill_dilation(const Attributes& attributes, Options& options) {
  THIMBLE_TRY(read(attributes, "dilation_h", options.dilation_h_factor));
  return read(attributes, "dilation_w", options.dilation_w_factor);
}

Result<> fill(const Attributes& attributes, schema::Conv2DOptionsT& options) {
  THIMBLE_TRY(fill_window(attributes, options));
  return fill_dilation(attributes, options);
}

Result<> fill(const Attributes& attributes, schema::DepthwiseConv2DOptionsT& options) {
  THIMBLE_TRY(fill_window(attributes, options));
  THIMBLE_TRY(fill_dilation(attributes, options));
  return read(attributes, "depth_multiplier", options.depth_multiplier);
}

Result<> fill(const Attributes& attributes, schema::TransposeConvOptionsT& options) {
  return fill_window(attributes, options);
}

Result<> fill(const Attributes& attributes, schema::Pool2DOptionsT& options) {
  THIMBLE_TRY(read(attributes, "filter_h", options.filter_height));
  THIMBLE_TRY(read(attributes, "filter_w", options.filter_width));
  return fill_window(attributes, options);
}

Result<> fill(const Attributes& attributes, schema::FullyConnectedOptionsT& options) {
  THIMBLE_TRY(read(attributes, "keep_num_dims", options.keep_num_dims));
  THIMBLE_TRY(read(attributes, "asymmetric_quantize_inputs", options.asymmetric_quantize_inputs));
  return read(attributes, "activation", options.fused_activation_function);
}

Result<> fill(const Attributes& attributes, schema::SVDFOptionsT& options) {
  THIMBLE_TRY(read(attributes, "rank", options.rank));
  THIMBLE_TRY(read(attributes, "asymmetric_quantize_inputs", options.asymmetric_quantize_inputs));
  return read(attributes, "activation", options.fused_activation_function);
}

Result<> fill(const Attributes& attributes, schema::SoftmaxOptionsT& options) {
  return read(attributes, "beta", options.beta);
}

Result<> fill(const Attributes& attributes, schema::LeakyReluOptionsT& options) {
  return read(attributes, "alpha", options.alpha);
}

Result<> fill(const Attributes& attributes, schema::ConcatenationOptionsT& options) {
  THIMBLE_TRY(read(attributes, "axis", options.axis));
  return read(attributes, "activation", options.fused_activation_function);
}

Result<> fill(const Attributes& attributes, schema::ReducerOptionsT& options) {
  return read(attributes, "keep_dims", options.keep_dims);
}

Result<> fill(const Attributes& attributes, schema::StridedSliceOptionsT& options) {
  THIMBLE_TRY(read(attributes, "begin_mask", options.begin_mask));
  THIMBLE_TRY(read(attributes, "end_mask", options.end_mask));
  THIMBLE_TRY(read(attributes, "ellipsis_mask", options.ellipsis_mask));
  THIMBLE_TRY(read(attributes, "new_axis_mask", options.new_axis_mask));
  return read(attributes, "shrink_axis_mask", options.shrink_axis_mask);
}

// Int16 sums of any scale: the format's default promises scales that are powers of two.
template <typename Options>
Result<> fill_sum(const Attributes& attributes, Options& options) {
  options.pot_scale_int16 = false;
  return read(attributes, "activation", options.fused_activation_function);
}
Result<> fill(const Attributes& attributes, schema::AddOptionsT& options) {
  return fill_sum(attributes, options);
}
Result<> fill(const Attributes& attributes, schema::SubOptionsT& options) {
  return fill_sum(attributes, options);
}

template <typename Options>
schema::BuiltinOptionsUnion hold(Options options) {
  schema::BuiltinOptionsUnion holder;
  holder.Set(std::move(options));
  return holder;
}

template <typename Options>
Result<schema::BuiltinOptionsUnion> with_options(const Graph&, const Node& node) {
  Options options;
  THIMBLE_TRY(fill(node.attributes, options));
  return hold(std::move(options));
}

Result<schema::BuiltinOptionsUnion> without_options(const Graph&, const Node&) {
  return schema::BuiltinOptionsUnion();
}

// Without a second operand the shape is only here.
Result<schema::BuiltinOptionsUnion> reshape_options(const Graph& graph, const Node& node) {
  schema::ReshapeOptionsT options;
  options.new_shape = graph.output(node).shape;
  return hold(std::move(options));
}

// Versions. A runtime refuses an operator whose version it does not know, so each is as low as the
// data types and options allow. One function for each way in which the format's history went.

struct Signature {
  const Graph& graph;
  const Node& node;

  const ir::Tensor* in(size_t i) const { return graph.input(node, i); }
  const ir::Tensor& out() const { return graph.output(node); }
  bool in_is(DataType type, size_t i = 0) const { return in(i) && in(i)->type == type; }
  bool out_is(DataType type) const { return out().type == type; }
  bool hybrid() const { return in_is(DataType::kFloat32) && in_is(DataType::kInt8, 1); }
  bool narrow_bias(size_t i) const { return in_is(DataType::kInt16) && in_is(DataType::kInt32, i); }
  int64_t number(std::string_view name) const { return node.attributes.get_int(name).value_or(0); }
  bool flag(std::string_view name) const { return number(name) != 0; }
};

int32_t first(const Signature&) {
  return 1;
}

// Most: int8 came second, int16 third.
int32_t int8_then_int16(const Signature& s) {
  if (s.in_is(DataType::kInt16)) return 3;
  return s.in_is(DataType::kInt8) || s.in_is(DataType::kUInt8) ? 2 : 1;
}

int32_t convolution(const Signature& s) {
  const bool grouped = s.in(0)->shape.back() != s.in(1)->shape.back();
  if (grouped) return 6;
  if (s.in_is(DataType::kInt16)) return s.narrow_bias(2) ? 8 : 4;
  if (s.hybrid()) return s.in(1)->quantization.per_channel() ? 5 : 2;
  return s.in_is(DataType::kInt8) ? 3 : 1;
}

int32_t depthwise_convolution(const Signature& s) {
  if (s.in_is(DataType::kInt16)) return s.narrow_bias(2) ? 7 : 5;
  if (s.hybrid()) return s.in(1)->quantization.per_channel() ? 6 : 4;
  if (s.in_is(DataType::kInt8)) return 3;
  return s.number("dilation_h") > 1 || s.number("dilation_w") > 1 ? 2 : 1;
}

int32_t transposed_convolution(const Signature& s) {
  if (s.narrow_bias(3)) return 5;
  if (s.node.attributes.get_string("activation").value_or("none") != "none") return 4;
  if (s.in(3)) return 3;
  return s.in(2)->type == DataType::kInt8 ? 2 : 1;
}

int32_t fully_connected(const Signature& s) {
  bool per_channel = s.in(1) && s.in(1)->quantization.per_channel();
  if (s.narrow_bias(2)) return 11;
  if (per_channel) return 12;
  if (s.in_is(DataType::kInt16)) return 7;
  if (s.hybrid() && s.flag("asymmetric_quantize_inputs")) return 9;
  if (!s.in(2)) return 6;
  if (s.flag("keep_num_dims")) return 5;
  if (s.hybrid()) return 3;
  return s.in_is(DataType::kInt8) ? 4 : 1;
}

int32_t svdf(const Signature& s) {
  if (s.in_is(DataType::kInt8)) return 3;
  if (s.hybrid()) return s.flag("asymmetric_quantize_inputs") ? 4 : 2;
  return 1;
}

int32_t addition(const Signature& s) {
  return s.out_is(DataType::kInt16) ? 3 : s.in_is(DataType::kInt8) ? 2 : 1;
}

int32_t subtraction(const Signature& s) {
  return s.out_is(DataType::kInt16) ? 5 : s.in_is(DataType::kInt8) ? 2 : 1;
}

// Version 3 is for products whose rescale factor is 1 or more.
int32_t multiplication(const Signature& s) {
  if (s.in_is(DataType::kInt16)) return 4;
  if (!s.in_is(DataType::kInt8)) return 1;
  bool quantized = s.in(1) && s.in(0)->quantization.present() && s.in(1)->quantization.present() &&
                   s.out().quantization.present();
  return quantized && s.in(0)->scale() * s.in(1)->scale() >= s.out().scale() ? 3 : 2;
}

int32_t padding(const Signature& s) {
  return s.in(0)->shape.size() > 4 ? 4 : int8_then_int16(s);
}

int32_t leaky_relu(const Signature& s) {
  return s.in_is(DataType::kInt16) ? 2 : 1;
}

int32_t quantize(const Signature& s) {
  return s.in_is(DataType::kInt16) || s.out_is(DataType::kInt16) ? 2 : 1;
}

int32_t dequantize(const Signature& s) {
  if (s.in(0)->quantization.per_channel()) return 5;
  if (s.in_is(DataType::kInt16) || s.in_is(DataType::kFloat16)) return 3;
  return s.in_is(DataType::kInt8) ? 2 : 1;
}

int32_t strided_slice(const Signature& s) {
  if (s.flag("ellipsis_mask") || s.flag("new_axis_mask")) return 6;
  if (s.in(0)->shape.size() > 4) return 4;
  if (s.in_is(DataType::kBool)) return 3;
  return s.in_is(DataType::kInt8) ? 2 : 1;
}

int32_t transpose(const Signature& s) {
  if (s.in(0)->shape.size() > 5) return 6;
  if (s.in_is(DataType::kInt16)) return 5;
  if (s.in(0)->shape.size() > 4) return 4;
  if (s.in_is(DataType::kBool)) return 3;
  return s.in_is(DataType::kInt8) ? 2 : 1;
}

struct Row {
  BuiltinOperator code;
  int32_t (*version)(const Signature&);
  Result<schema::BuiltinOptionsUnion> (*options)(const Graph&, const Node&);
};

constexpr Row kRows[] = {
    {BuiltinOperator::ADD, addition, with_options<schema::AddOptionsT>},
    {BuiltinOperator::AVERAGE_POOL_2D, int8_then_int16, with_options<schema::Pool2DOptionsT>},
    {BuiltinOperator::CONCATENATION, int8_then_int16, with_options<schema::ConcatenationOptionsT>},
    {BuiltinOperator::CONV_2D, convolution, with_options<schema::Conv2DOptionsT>},
    {BuiltinOperator::DEPTHWISE_CONV_2D, depthwise_convolution,
     with_options<schema::DepthwiseConv2DOptionsT>},
    {BuiltinOperator::DEQUANTIZE, dequantize, without_options},
    {BuiltinOperator::FULLY_CONNECTED, fully_connected,
     with_options<schema::FullyConnectedOptionsT>},
    {BuiltinOperator::LEAKY_RELU, leaky_relu, with_options<schema::LeakyReluOptionsT>},
    {BuiltinOperator::LOGISTIC, int8_then_int16, without_options},
    {BuiltinOperator::MAX_POOL_2D, int8_then_int16, with_options<schema::Pool2DOptionsT>},
    {BuiltinOperator::MEAN, int8_then_int16, with_options<schema::ReducerOptionsT>},
    {BuiltinOperator::MUL, multiplication, with_options<schema::MulOptionsT>},
    {BuiltinOperator::PAD, padding, without_options},
    {BuiltinOperator::PADV2, padding, without_options},
    {BuiltinOperator::QUANTIZE, quantize, without_options},
    {BuiltinOperator::RELU, int8_then_int16, without_options},
    {BuiltinOperator::RELU6, int8_then_int16, without_options},
    {BuiltinOperator::RESHAPE, first, reshape_options},
    {BuiltinOperator::SOFTMAX, int8_then_int16, with_options<schema::SoftmaxOptionsT>},
    {BuiltinOperator::STRIDED_SLICE, strided_slice, with_options<schema::StridedSliceOptionsT>},
    {BuiltinOperator::SUB, subtraction, with_options<schema::SubOptionsT>},
    {BuiltinOperator::SVDF, svdf, with_options<schema::SVDFOptionsT>},
    {BuiltinOperator::TANH, int8_then_int16, without_options},
    {BuiltinOperator::TRANSPOSE, transpose, without_options},
    {BuiltinOperator::TRANSPOSE_CONV, transposed_convolution,
     with_options<schema::TransposeConvOptionsT>},
};

}  // namespace

Result<TfliteOperator> tflite_operator(const Graph& graph, const Node& node) {
  const Row* row = std::ranges::find_if(kRows, [&](const Row& candidate) {
    return node.op == schema::EnumNameBuiltinOperator(candidate.code);
  });
  if (row == std::end(kRows))
    return fail(ErrorCode::kUnsupported, "this operator cannot be written as .tflite");
  THIMBLE_ASSIGN(schema::BuiltinOptionsUnion options, row->options(graph, node));
  return TfliteOperator{row->code, row->version({graph, node}), std::move(options)};
}

}  // namespace thimble::emit
