#include "frontend/onnx/operators.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace thimble::frontend {
namespace {

enum class Looks {
  kAtImages,     // at the first input, with channels in dimension 1
  kByDimension,  // at elements or dimensions, in whatever order these lie
  kAtOrder,      // at the order of dimensions or elements
};

struct Row {
  std::string_view op;
  ConvertOperator convert;
  Looks looks;
};

constexpr Row kRows[] = {
    {"Add", convert_add, Looks::kByDimension},
    {"AveragePool", convert_average_pool, Looks::kAtImages},
    {"BatchNormalization", convert_batch_normalization, Looks::kAtImages},
    {"Cast", convert_cast, Looks::kByDimension},
    {"Clip", convert_clip, Looks::kByDimension},
    {"Concat", convert_concat, Looks::kByDimension},
    {"ConstantOfShape", convert_constant_of_shape, Looks::kAtOrder},
    {"Conv", convert_conv, Looks::kAtImages},
    {"ConvTranspose", convert_conv_transpose, Looks::kAtImages},
    {"DequantizeLinear", convert_dequantize_linear, Looks::kByDimension},
    {"Div", convert_div, Looks::kByDimension},
    {"Dropout", convert_identity, Looks::kByDimension},
    {"Expand", convert_expand, Looks::kAtOrder},
    {"Flatten", convert_flatten, Looks::kAtOrder},
    {"Gather", convert_gather, Looks::kAtOrder},
    {"Gemm", convert_gemm, Looks::kAtOrder},
    {"GlobalAveragePool", convert_global_average_pool, Looks::kAtImages},
    {"GlobalMaxPool", convert_global_max_pool, Looks::kAtImages},
    {"HardSigmoid", convert_hard_sigmoid, Looks::kByDimension},
    {"HardSwish", convert_hard_swish, Looks::kByDimension},
    {"Identity", convert_identity, Looks::kByDimension},
    {"LeakyRelu", convert_leaky_relu, Looks::kByDimension},
    {"MatMul", convert_mat_mul, Looks::kAtOrder},
    {"Max", convert_max, Looks::kByDimension},
    {"MaxPool", convert_max_pool, Looks::kAtImages},
    {"Min", convert_min, Looks::kByDimension},
    {"Mul", convert_mul, Looks::kByDimension},
    {"Neg", convert_neg, Looks::kByDimension},
    {"PRelu", convert_p_relu, Looks::kByDimension},
    {"Pad", convert_pad, Looks::kByDimension},
    {"QuantizeLinear", convert_quantize_linear, Looks::kByDimension},
    {"ReduceMean", convert_reduce_mean, Looks::kAtOrder},
    {"ReduceSum", convert_reduce_sum, Looks::kAtOrder},
    {"Relu", convert_relu, Looks::kByDimension},
    {"Reshape", convert_reshape, Looks::kAtOrder},
    {"Shape", convert_shape, Looks::kAtOrder},
    {"Sigmoid", convert_sigmoid, Looks::kByDimension},
    {"Slice", convert_slice, Looks::kByDimension},
    {"Softmax", convert_softmax, Looks::kAtOrder},
    {"Split", convert_split, Looks::kByDimension},
    {"Sqrt", convert_sqrt, Looks::kByDimension},
    {"Squeeze", convert_squeeze, Looks::kByDimension},
    {"Sub", convert_sub, Looks::kByDimension},
    {"Sum", convert_sum, Looks::kByDimension},
    {"Tanh", convert_tanh, Looks::kByDimension},
    {"Transpose", convert_transpose, Looks::kAtOrder},
    {"Unsqueeze", convert_unsqueeze, Looks::kByDimension},
};

const Row* find_row(std::string_view op) {
  const Row* row = std::ranges::find(kRows, op, &Row::op);
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

ConvertOperator find_operator(std::string_view op) {
  const Row* row = find_row(op);
  return row ? row->convert : nullptr;
}

std::string supported_operators() {
  std::string names;
  for (const Row& row : kRows) {
    if (!names.empty()) names += ", ";
    names += row.op;
  }
  return names;
}

bool reads_image(std::string_view op) {
  const Row* row = find_row(op);
  return row && row->looks == Looks::kAtImages;
}

bool keeps_dimensions(std::string_view op) {
  const Row* row = find_row(op);
  return row && row->looks == Looks::kByDimension;
}

}  // namespace thimble::frontend
