// Constants on the host: reading their elements and moving them about.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/onnx/layout.h"
#include "ir/tensor.h"

namespace thimble::frontend {

ir::Tensor float_constant(std::string name, ir::Shape shape, const std::vector<float>& values);
ir::Tensor int8_constant(std::string name, ir::Shape shape, const std::vector<int8_t>& values);
ir::Tensor int32_constant(std::string name, ir::Shape shape, const std::vector<int32_t>& values);
ir::Tensor int64_constant(std::string name, ir::Shape shape, const std::vector<int64_t>& values);

// The elements as real numbers: quantized integers by their scale, floats as they are.
// Errors: kUnsupported (other types).
base::Result<std::vector<float>> real_values(const ir::Tensor& constant);

// The elements of integers or bool. Errors: kUnsupported (floats).
base::Result<std::vector<int64_t>> integer_values(const ir::Tensor& constant);

// The constant with its dimensions in another order; scales per channel stay with theirs.
ir::Tensor permuted(const ir::Tensor& constant, const Order& order);

// The same elements in another shape, which has as many of them. Not for scales per channel.
ir::Tensor reshaped(ir::Tensor constant, ir::Shape shape);

// The elements whose index along `axis` is each of `indices`, which are in range.
ir::Tensor picked(const ir::Tensor& constant, size_t axis, std::span<const int64_t> indices);

// Repeats elements along dimensions of 1, which may also be missing in front. `shape` fits.
ir::Tensor expanded(const ir::Tensor& constant, const ir::Shape& shape);

// Folded constants stay below this, whatever a file asks for.
inline constexpr int64_t kMaxFoldedElements = int64_t{1} << 20;

// The extents can be multiplied, even if one of them is 0. Errors: kMalformed (negative), kLimit.
base::Result<> check_extents(const ir::Shape& shape);

// The shape that both broadcast to. Errors: kMalformed, kLimit.
base::Result<ir::Shape> broadcast(const ir::Shape& a, const ir::Shape& b);

}  // namespace thimble::frontend
