// Integers from one quantization to another, element by element: QUANTIZE between integer types,
// RELU and RELU6. All types of 8, 16 and 32 bits go through the same arithmetic.
#pragma once

#include <cstdint>

#include "ops/op.h"
#include "ops/quantization.h"

namespace thimble::ops {

// clamp(multiplier * (x - input_zero_point) + output_zero_point)
struct Requantization {
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  QuantizedMultiplier multiplier;
  IntegerRange range{};

  int32_t apply(int32_t x) const;
};

// Exactly one scale, and a zero point within the data type. (check_per_tensor_quantization allows
// int16 only the zero point 0, which does not hold for the output of some SOFTMAX.)
base::Result<> check_affine_quantization(const ir::Tensor& tensor, std::string_view what);

// From input 0 to output 0 of a node, both integer tensors of up to 32 bits.
void execute_requantize(const ExecContext& context, const Requantization& requantization);
Lowerings lower_requantize(const ir::Graph& graph, const ir::Node& node, const LowerTarget& target,
                           const Requantization& requantization);

// How kernel names call a data type: "s8", "u8", "s16", "s32", "f16", "f32".
std::string_view kernel_suffix(ir::DataType type);

}  // namespace thimble::ops
