// What each ONNX operator means, in terms of a Converter: one function each, grouped by kind into
// files; operators.cc has the list.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "frontend/onnx/converter.h"

namespace thimble::frontend {

using ConvertOperator = base::Result<> (*)(Converter&, const OnnxNode&);

// nullptr when the operator is not supported. Names as in OnnxNode::op, after
// expand_quantized_operators.
ConvertOperator find_operator(std::string_view op);

// "Add, AveragePool, ...".
std::string supported_operators();

// Whether the operator looks at its first input as an image or signal, channels in dimension 1.
bool reads_image(std::string_view op);
// Whether dimensions of inputs and outputs correspond, in whatever order they lie.
bool keeps_dimensions(std::string_view op);

// convolution.cc
base::Result<> convert_conv(Converter& converter, const OnnxNode& node);
base::Result<> convert_conv_transpose(Converter& converter, const OnnxNode& node);
base::Result<> convert_batch_normalization(Converter& converter, const OnnxNode& node);

// dense.cc
base::Result<> convert_gemm(Converter& converter, const OnnxNode& node);
base::Result<> convert_mat_mul(Converter& converter, const OnnxNode& node);

// pooling.cc
base::Result<> convert_max_pool(Converter& converter, const OnnxNode& node);
base::Result<> convert_average_pool(Converter& converter, const OnnxNode& node);
base::Result<> convert_global_average_pool(Converter& converter, const OnnxNode& node);
base::Result<> convert_global_max_pool(Converter& converter, const OnnxNode& node);
base::Result<> convert_reduce_mean(Converter& converter, const OnnxNode& node);
base::Result<> convert_reduce_sum(Converter& converter, const OnnxNode& node);

// activations.cc
base::Result<> convert_relu(Converter& converter, const OnnxNode& node);
base::Result<> convert_clip(Converter& converter, const OnnxNode& node);
base::Result<> convert_leaky_relu(Converter& converter, const OnnxNode& node);
base::Result<> convert_p_relu(Converter& converter, const OnnxNode& node);
base::Result<> convert_sigmoid(Converter& converter, const OnnxNode& node);
base::Result<> convert_tanh(Converter& converter, const OnnxNode& node);
base::Result<> convert_hard_sigmoid(Converter& converter, const OnnxNode& node);
base::Result<> convert_hard_swish(Converter& converter, const OnnxNode& node);
base::Result<> convert_softmax(Converter& converter, const OnnxNode& node);

// arithmetic.cc
base::Result<> convert_add(Converter& converter, const OnnxNode& node);
base::Result<> convert_sub(Converter& converter, const OnnxNode& node);
base::Result<> convert_mul(Converter& converter, const OnnxNode& node);
base::Result<> convert_div(Converter& converter, const OnnxNode& node);
base::Result<> convert_sum(Converter& converter, const OnnxNode& node);
base::Result<> convert_max(Converter& converter, const OnnxNode& node);
base::Result<> convert_min(Converter& converter, const OnnxNode& node);
base::Result<> convert_neg(Converter& converter, const OnnxNode& node);
base::Result<> convert_sqrt(Converter& converter, const OnnxNode& node);

// quantization.cc
base::Result<> convert_quantize_linear(Converter& converter, const OnnxNode& node);
base::Result<> convert_dequantize_linear(Converter& converter, const OnnxNode& node);
base::Result<> convert_cast(Converter& converter, const OnnxNode& node);

// shapes.cc: another shape or order of the same elements, and shapes as values
base::Result<> convert_identity(Converter& converter, const OnnxNode& node);
base::Result<> convert_reshape(Converter& converter, const OnnxNode& node);
base::Result<> convert_flatten(Converter& converter, const OnnxNode& node);
base::Result<> convert_squeeze(Converter& converter, const OnnxNode& node);
base::Result<> convert_unsqueeze(Converter& converter, const OnnxNode& node);
base::Result<> convert_transpose(Converter& converter, const OnnxNode& node);
base::Result<> convert_shape(Converter& converter, const OnnxNode& node);
base::Result<> convert_constant_of_shape(Converter& converter, const OnnxNode& node);
base::Result<> convert_expand(Converter& converter, const OnnxNode& node);

// slices.cc: parts of values, and values put together
base::Result<> convert_concat(Converter& converter, const OnnxNode& node);
base::Result<> convert_slice(Converter& converter, const OnnxNode& node);
base::Result<> convert_split(Converter& converter, const OnnxNode& node);
base::Result<> convert_gather(Converter& converter, const OnnxNode& node);
base::Result<> convert_pad(Converter& converter, const OnnxNode& node);

// The bounds of a Clip; none where a bound is missing or does not bound a float.
struct ClipBounds {
  std::optional<float> min, max;
  bool is_relu() const { return min == 0.0f && !max; }
  bool is_relu6() const { return min == 0.0f && max == 6.0f; }
};
base::Result<ClipBounds> read_clip_bounds(const Converter& converter, const OnnxNode& node);

}  // namespace thimble::frontend
