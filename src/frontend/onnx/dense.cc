// Gemm and MatMul: products with a constant matrix.
#include <algorithm>
#include <numeric>

#include "frontend/onnx/constants.h"
#include "frontend/onnx/nodes.h"
#include "frontend/onnx/operators.h"

namespace thimble::frontend {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using ir::DataType;

struct Dense {
  Value input;                    // [..., K]
  ir::Tensor weights;             // [N, K]
  bool has_real_weights = false;  // integers that stand for real numbers
  std::optional<Value> bias;      // [N], constant
};

// Puts the columns of the weights into the order in which the input lies, so that a flattened image
// need not move. Moves the input if its rows do not lie one after the other.
Result<ir::TensorId> align(Converter& converter, const OnnxNode& node, Dense& dense) {
  const Value& input = dense.input;
  if (input.is_constant()) return converter.arranged(node, input, row_major(input.shape.size()));
  const std::optional<std::vector<int32_t>> columns = input.layout.columns(input.shape);
  if (!columns) return converter.arranged(node, input, row_major(input.shape.size()));
  if (!std::ranges::is_sorted(*columns))
    dense.weights =
        picked(dense.weights, 1, std::vector<int64_t>(columns->begin(), columns->end()));
  return input.id;
}

Result<> convert_dense(Converter& converter, const OnnxNode& node, Dense dense) {
  const int32_t depth = dense.weights.shape[1], out = dense.weights.shape[0];
  if (dense.input.shape.empty() || dense.input.shape.back() != depth || depth < 1 || out < 1)
    return fail(ErrorCode::kMalformed, "a matrix of {}x{} does not fit an input of {}", depth, out,
                ir::shape_text(dense.input.shape));
  const bool may_be_integer =
      converter.is_int8(dense.input) && dense.has_real_weights &&
      dense.weights.type == DataType::kInt8 &&
      (!dense.weights.quantization.per_channel() || dense.weights.quantization.axis == 0);
  THIMBLE_ASSIGN(const Destination destination, converter.destination(node, may_be_integer));
  if (destination.is_integer()) {
    if (dense.bias) {
      THIMBLE_ASSIGN(ir::Tensor bias,
                     integer_bias(*dense.bias, converter.tensor(dense.input).scale(),
                                  dense.weights.quantization, static_cast<size_t>(out)));
      dense.bias = Value::of_constant(std::move(bias));
    }
  } else {
    THIMBLE_ASSIGN(dense.input, converter.real(node, std::move(dense.input)));
    THIMBLE_ASSIGN(const std::vector<float> weights, real_values(dense.weights));
    dense.weights = float_constant(dense.weights.name, dense.weights.shape, weights);
    if (dense.bias) {
      THIMBLE_ASSIGN(dense.bias, converter.real(node, std::move(*dense.bias)));
    }
  }
  THIMBLE_ASSIGN(const ir::TensorId x, align(converter, node, dense));
  NewNode added{.op = "FULLY_CONNECTED",
                .inputs = {x, converter.add_constant(dense.weights)},
                .attributes = {{"keep_num_dims", int64_t{0}},
                               {"asymmetric_quantize_inputs", int64_t{0}},
                               {"activation", destination.activation}},
                .type = destination.type(),
                .quantization = destination.quantization};
  if (dense.bias) added.inputs.push_back(converter.add_constant(dense.bias->constant));
  THIMBLE_ASSIGN(const ir::TensorId id, converter.add(node, std::move(added)));
  Value result = Converter::value_of(id, converter.graph().tensor(id).shape);
  ir::Shape shape = dense.input.shape;
  shape.back() = out;
  THIMBLE_ASSIGN(result, converter.with_shape(node, std::move(result), std::move(shape)));
  return converter.set(destination.name, std::move(result));
}

// The constant second operand; the first must be an activation.
Result<Value> read_matrix(const Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(Value matrix, converter.input(node, 1));
  if (!matrix.is_constant())
    return fail(ErrorCode::kUnsupported, "the product of two activations is not supported");
  // Dimensions of 1 in front broadcast.
  while (matrix.shape.size() > 2 && matrix.shape[0] == 1) matrix.shape.erase(matrix.shape.begin());
  if (matrix.shape.size() != 2)
    return fail(ErrorCode::kUnsupported, "a constant of shape {} is not supported, only a matrix",
                ir::shape_text(matrix.shape));
  matrix.constant.quantization.axis -=
      static_cast<int32_t>(matrix.constant.shape.size() - matrix.shape.size());
  if (!matrix.constant.quantization.per_channel()) matrix.constant.quantization.axis = 0;
  matrix.constant.shape = matrix.shape;
  return matrix;
}

ir::Tensor scaled(ir::Tensor constant, std::vector<float> values, float factor) {
  for (float& value : values) value *= factor;
  return float_constant(constant.name, constant.shape, values);
}

// What Gemm adds: as a bias if it is one number per column, nothing else being known of it.
bool is_bias(const Value& c, int32_t columns) {
  return c.is_constant() && c.constant.elements() == columns && !c.shape.empty() &&
         c.shape.back() == columns;
}

}  // namespace

Result<> convert_mat_mul(Converter& converter, const OnnxNode& node) {
  Dense dense;
  THIMBLE_ASSIGN(dense.input, converter.input(node, 0));
  THIMBLE_ASSIGN(const Value matrix, read_matrix(converter, node));
  dense.weights = permuted(matrix.constant, {1, 0});
  dense.has_real_weights = matrix.is_dequantized;
  return convert_dense(converter, node, std::move(dense));
}

Result<> convert_gemm(Converter& converter, const OnnxNode& node) {
  THIMBLE_ASSIGN(const float alpha, node.get_float("alpha", 1));
  THIMBLE_ASSIGN(const float beta, node.get_float("beta", 1));
  THIMBLE_ASSIGN(const int64_t transposes_a, node.get_int("transA", 0));
  THIMBLE_ASSIGN(const int64_t transposes_b, node.get_int("transB", 0));
  Dense dense;
  THIMBLE_ASSIGN(dense.input, converter.input(node, 0));
  if (dense.input.shape.size() != 2)
    return fail(ErrorCode::kMalformed, "an input of shape {}, expected 2 dimensions",
                ir::shape_text(dense.input.shape));
  if (transposes_a != 0) {
    THIMBLE_ASSIGN(dense.input, Converter::transposed(std::move(dense.input), {1, 0}));
  }
  THIMBLE_ASSIGN(const Value matrix, read_matrix(converter, node));
  dense.weights = transposes_b != 0 ? matrix.constant : permuted(matrix.constant, {1, 0});
  dense.has_real_weights = matrix.is_dequantized;
  if (alpha != 1) {
    THIMBLE_ASSIGN(std::vector<float> values, real_values(dense.weights));
    dense.weights = scaled(dense.weights, std::move(values), alpha);
    dense.has_real_weights = false;
  }
  if (!node.has_input(2) || beta == 0) return convert_dense(converter, node, std::move(dense));

  THIMBLE_ASSIGN(Value c, converter.input(node, 2));
  const int32_t columns = dense.weights.shape[0];
  if (beta == 1 && is_bias(c, columns)) {
    dense.bias = std::move(c);
    return convert_dense(converter, node, std::move(dense));
  }
  // The product, then the sum, as nodes of their own.
  THIMBLE_ASSIGN(c, converter.real(node, std::move(c)));
  OnnxNode product = node;
  product.outputs = {node.outputs[0] + "/product"};
  THIMBLE_TRY(convert_dense(converter, product, std::move(dense)));
  THIMBLE_ASSIGN(Value sum, converter.value(product.outputs[0]));
  if (beta != 1) {
    THIMBLE_ASSIGN(c, add_binary(converter, node, "MUL", c, beta));
  }
  THIMBLE_ASSIGN(sum, add_binary(converter, node, "ADD", std::move(sum), std::move(c),
                                 {.name = {}, .quantization = {}}));
  return converter.set(node, 0, std::move(sum));
}

}  // namespace thimble::frontend
