// Nodes of the Graph that several operators are made of.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/onnx/converter.h"

namespace thimble::frontend {

// ADD, SUB or MUL of two values that broadcast. Both must be floats, or the destination must be
// integer and both int8.
base::Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op,
                               Value a, Value b, const Destination& destination);

// The same with a float number, in floats.
base::Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op,
                               const Value& a, float b, std::string activation = "none");
base::Result<Value> add_binary(Converter& converter, const OnnxNode& source, std::string op,
                               float a, const Value& b, std::string activation = "none");

// An operator that computes every element from the one in its place.
base::Result<Value> add_unary(Converter& converter, const OnnxNode& source, std::string op,
                              Value value, ir::Attributes attributes,
                              const Destination& destination);

// The first input, as floats unless the destination is integer.
base::Result<Value> operand(Converter& converter, const OnnxNode& node, size_t i,
                            const Destination& destination);

// Integers with another scale.
base::Result<ir::TensorId> requantized(Converter& converter, const OnnxNode& source,
                                       ir::TensorId id, const ir::Quantization& quantization);

// A convolution's bias in integers of the scales of input and weights, whose output channel is
// dimension `axis`. `bias`: int32 of just those scales, or any real values.
base::Result<ir::Tensor> integer_bias(const Value& bias, float input_scale,
                                      const ir::Quantization& weights, size_t channels);

// Zeros or another number around a value, whose dimensions lie in the order of the tensor's; before
// and after each of them. `number`: nothing is 0 (the zero point of integers).
base::Result<ir::TensorId> add_pad(Converter& converter, const OnnxNode& source, ir::TensorId id,
                                   const std::vector<int32_t>& paddings,
                                   std::optional<float> number = {});

// The part [begin, end) of the dimensions of a tensor, in steps.
struct SliceRange {
  int32_t begin, end, step;
};
base::Result<ir::TensorId> add_slice(Converter& converter, const OnnxNode& source, ir::TensorId id,
                                     const std::vector<SliceRange>& ranges);

}  // namespace thimble::frontend
