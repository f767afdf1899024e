#include "frontend/tflite/operators.h"

#include <algorithm>
#include <iterator>

#include "frontend/tflite/text.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::Attributes;
using schema::BuiltinOperator;

Result<std::string> activation_text(schema::Activation activation) {
  switch (activation) {
    case schema::Activation::NONE:
      return "none";
    case schema::Activation::RELU:
      return "relu";
    case schema::Activation::RELU_N1_TO_1:
      return "relu_n1_to_1";
    case schema::Activation::RELU6:
      return "relu6";
    case schema::Activation::TANH:
      return "tanh";
    case schema::Activation::SIGN_BIT:
      return "sign_bit";
  }
  return fail(ErrorCode::kMalformed, "unknown fused activation {}", static_cast<int>(activation));
}

Result<std::string> padding_text(schema::Padding padding) {
  switch (padding) {
    case schema::Padding::SAME:
      return "same";
    case schema::Padding::VALID:
      return "valid";
  }
  return fail(ErrorCode::kMalformed, "unknown padding {}", static_cast<int>(padding));
}

// Attributes that several operators have, read from any options struct with these fields.
template <typename Options>
Result<> add_activation(const Options& options, Attributes& attributes) {
  THIMBLE_ASSIGN(std::string text, activation_text(options.fused_activation_function));
  attributes.set("activation", std::move(text));
  return {};
}

template <typename Options>
Result<> add_window(const Options& options, Attributes& attributes) {
  THIMBLE_ASSIGN(std::string padding, padding_text(options.padding));
  attributes.set("padding", std::move(padding));
  attributes.set("stride_h", int64_t{options.stride_h});
  attributes.set("stride_w", int64_t{options.stride_w});
  return add_activation(options, attributes);
}

template <typename Options>
void add_dilation(const Options& options, Attributes& attributes) {
  attributes.set("dilation_h", int64_t{options.dilation_h_factor});
  attributes.set("dilation_w", int64_t{options.dilation_w_factor});
}

// One overload for each kind of options. They take the unpacked form because it has the format's
// default values, which hold when a file leaves the options out.

template <typename Options>  // AddOptions, SubOptions, MulOptions
Result<> read(const Options& options, Attributes& attributes) {
  return add_activation(options, attributes);
}

Result<> read(const schema::Conv2DOptionsT& options, Attributes& attributes) {
  THIMBLE_TRY(add_window(options, attributes));
  add_dilation(options, attributes);
  return {};
}

Result<> read(const schema::DepthwiseConv2DOptionsT& options, Attributes& attributes) {
  THIMBLE_TRY(add_window(options, attributes));
  add_dilation(options, attributes);
  attributes.set("depth_multiplier", int64_t{options.depth_multiplier});
  return {};
}

Result<> read(const schema::TransposeConvOptionsT& options, Attributes& attributes) {
  return add_window(options, attributes);
}

Result<> read(const schema::Pool2DOptionsT& options, Attributes& attributes) {
  attributes.set("filter_h", int64_t{options.filter_height});
  attributes.set("filter_w", int64_t{options.filter_width});
  return add_window(options, attributes);
}

Result<> read(const schema::FullyConnectedOptionsT& options, Attributes& attributes) {
  if (options.weights_format != schema::WeightsFormat::DEFAULT)
    return fail(ErrorCode::kUnsupported, "shuffled weights are not supported");
  attributes.set("keep_num_dims", int64_t{options.keep_num_dims});
  attributes.set("asymmetric_quantize_inputs", int64_t{options.asymmetric_quantize_inputs});
  return add_activation(options, attributes);
}

Result<> read(const schema::SVDFOptionsT& options, Attributes& attributes) {
  attributes.set("rank", int64_t{options.rank});
  attributes.set("asymmetric_quantize_inputs", int64_t{options.asymmetric_quantize_inputs});
  return add_activation(options, attributes);
}

Result<> read(const schema::SoftmaxOptionsT& options, Attributes& attributes) {
  attributes.set("beta", double{options.beta});
  return {};
}

Result<> read(const schema::LeakyReluOptionsT& options, Attributes& attributes) {
  attributes.set("alpha", double{options.alpha});
  return {};
}

Result<> read(const schema::ConcatenationOptionsT& options, Attributes& attributes) {
  attributes.set("axis", int64_t{options.axis});
  return add_activation(options, attributes);
}

Result<> read(const schema::ReducerOptionsT& options, Attributes& attributes) {
  attributes.set("keep_dims", int64_t{options.keep_dims});
  return {};
}

Result<> read(const schema::StridedSliceOptionsT& options, Attributes& attributes) {
  if (options.offset)
    return fail(ErrorCode::kUnsupported, "ends relative to the begins are not supported");
  attributes.set("begin_mask", int64_t{options.begin_mask});
  attributes.set("end_mask", int64_t{options.end_mask});
  attributes.set("ellipsis_mask", int64_t{options.ellipsis_mask});
  attributes.set("new_axis_mask", int64_t{options.new_axis_mask});
  attributes.set("shrink_axis_mask", int64_t{options.shrink_axis_mask});
  return {};
}

// Whether a file may leave the options out: only where the format's defaults make sense.
enum class Presence { kRequired, kOptional };

template <typename Table, Presence presence>
Result<Attributes> read_options(const schema::Operator& op) {
  typename Table::NativeTableType options;
  if (const auto* table = op.builtin_options_as<Table>())
    table->UnPackTo(&options);
  else if (op.builtin_options())
    return fail(ErrorCode::kMalformed, "has the options of another operator");
  else if (presence == Presence::kRequired)
    return fail(ErrorCode::kMalformed, "has no options");
  Attributes attributes;
  THIMBLE_TRY(read(options, attributes));
  return attributes;
}

// The options hold nothing that we read.
Result<Attributes> no_options(const schema::Operator&) {
  return Attributes();
}

struct Row {
  BuiltinOperator code;
  int32_t max_version;  // the newest whose meaning we know
  Result<Attributes> (*read)(const schema::Operator&);
};

// Versions grow when the format's writers allow an operator more; most only add data types, which
// ops/ checks. The names are those of the schema and of ops/.
constexpr Row kRows[] = {
    {BuiltinOperator::ADD, 5, read_options<schema::AddOptions, Presence::kOptional>},
    {BuiltinOperator::AVERAGE_POOL_2D, 3, read_options<schema::Pool2DOptions, Presence::kRequired>},
    {BuiltinOperator::CONCATENATION, 4,
     read_options<schema::ConcatenationOptions, Presence::kOptional>},
    {BuiltinOperator::CONV_2D, 8, read_options<schema::Conv2DOptions, Presence::kRequired>},
    {BuiltinOperator::DEPTHWISE_CONV_2D, 7,
     read_options<schema::DepthwiseConv2DOptions, Presence::kRequired>},
    {BuiltinOperator::DEQUANTIZE, 6, no_options},
    {BuiltinOperator::FULLY_CONNECTED, 13,
     read_options<schema::FullyConnectedOptions, Presence::kOptional>},
    {BuiltinOperator::LEAKY_RELU, 2, read_options<schema::LeakyReluOptions, Presence::kRequired>},
    {BuiltinOperator::LOGISTIC, 3, no_options},
    {BuiltinOperator::MAX_POOL_2D, 3, read_options<schema::Pool2DOptions, Presence::kRequired>},
    {BuiltinOperator::MEAN, 3, read_options<schema::ReducerOptions, Presence::kOptional>},
    {BuiltinOperator::MUL, 7, read_options<schema::MulOptions, Presence::kOptional>},
    {BuiltinOperator::PAD, 5, no_options},
    {BuiltinOperator::PADV2, 5, no_options},
    {BuiltinOperator::QUANTIZE, 4, no_options},
    {BuiltinOperator::RELU, 3, no_options},
    {BuiltinOperator::RELU6, 3, no_options},
    {BuiltinOperator::RESHAPE, 1, no_options},
    {BuiltinOperator::SOFTMAX, 3, read_options<schema::SoftmaxOptions, Presence::kRequired>},
    {BuiltinOperator::STRIDED_SLICE, 8,
     read_options<schema::StridedSliceOptions, Presence::kOptional>},
    {BuiltinOperator::SUB, 5, read_options<schema::SubOptions, Presence::kOptional>},
    {BuiltinOperator::SVDF, 4, read_options<schema::SVDFOptions, Presence::kRequired>},
    {BuiltinOperator::TANH, 3, no_options},
    {BuiltinOperator::TRANSPOSE, 7, no_options},
    {BuiltinOperator::TRANSPOSE_CONV, 5,
     read_options<schema::TransposeConvOptions, Presence::kRequired>},
};

// Files from before the code outgrew its byte have it only in the old field, newer ones in both.
BuiltinOperator builtin_code(const schema::OperatorCode& code) {
  return std::max(code.builtin_code(),
                  static_cast<BuiltinOperator>(code.deprecated_builtin_code()));
}

}  // namespace

std::string operator_name(const schema::OperatorCode& code) {
  BuiltinOperator builtin = builtin_code(code);
  if (builtin == BuiltinOperator::CUSTOM)
    return "custom operator " + clean_text(code.custom_code());
  std::string name = schema::EnumNameBuiltinOperator(builtin);
  return name.empty() ? fmt::format("operator code {}", static_cast<int>(builtin)) : name;
}

Result<Attributes> read_attributes(const schema::OperatorCode& code, const schema::Operator& op) {
  const Row* row = std::ranges::find(kRows, builtin_code(code), &Row::code);
  if (row == std::end(kRows))
    return fail(ErrorCode::kUnsupported, "this operator is not supported");
  if (code.version() < 1 || code.version() > row->max_version)
    return fail(ErrorCode::kUnsupported,
                "version {} of this operator is not supported, only 1 to {}", code.version(),
                row->max_version);
  return row->read(op);
}

}  // namespace thimble::frontend
