// Checks that many operators' `verify` share. Each returns an Error that names the operand.
#pragma once

#include <initializer_list>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::ops {

// Between `min` and `max` inputs, of which the first `min` are present, and exactly `outputs`
// outputs.
base::Result<> check_arity(const ir::Node& node, size_t min_inputs, size_t max_inputs,
                           size_t outputs = 1);

// The tensor has one of these types; `what` names it in the error: "input", "weights".
base::Result<> check_type(const ir::Tensor& tensor, std::string_view what,
                          std::initializer_list<ir::DataType> allowed);
base::Result<> check_same_type(const ir::Tensor& a, const ir::Tensor& b);
base::Result<> check_rank(const ir::Tensor& tensor, std::string_view what, size_t rank);
base::Result<> check_constant(const ir::Tensor& tensor, std::string_view what);

// Integer tensors: exactly one scale and zero point, the zero point within the type's range (0 for
// int16). Float tensors pass.
base::Result<> check_per_tensor_quantization(const ir::Tensor& tensor, std::string_view what);

// Both have the same scale and zero point (pooling, pad and the like do not rescale).
base::Result<> check_same_quantization(const ir::Tensor& a, const ir::Tensor& b);

}  // namespace thimble::ops
