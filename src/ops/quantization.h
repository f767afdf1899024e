// Integer arithmetic of quantized operators, as TensorFlow Lite Micro's reference kernels do it:
// gemmlowp's saturating rounding doubling high multiply, then a rounding right shift ("double
// rounding"). Source: Jacob et al. 2018, section 2.2 and appendix B. The target has its own version
// (target/runtime/fixed_point.h); tests compare the two.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "base/result.h"
#include "ir/tensor.h"
#include "ops/activation.h"

namespace thimble::ops {

// real ~= multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0.
struct QuantizedMultiplier {
  int32_t multiplier = 0;
  int32_t shift = 0;  // positive: left
};

// Errors: kUnsupported when the value is not finite, negative, or 2^31 and above.
base::Result<QuantizedMultiplier> quantize_multiplier(double real);

// (a * b * 2 + 2^31) >> 32 with rounding half away from zero, saturated (only for both =
// INT32_MIN).
int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b);

// x / 2^exponent, rounded to nearest, half away from zero; 0 <= exponent <= 31.
int32_t rounding_divide_by_pot(int32_t x, int32_t exponent);

// x * multiplier, both roundings. A left shift wraps around as the reference's does on overflow.
int32_t multiply_by_quantized_multiplier(int32_t x, QuantizedMultiplier m);

// For 48-bit accumulators (int16 activations): multiplier reduced to 16 bits, one rounding.
int32_t multiply_by_quantized_multiplier(int64_t x, QuantizedMultiplier m);

// Smallest and largest integer of the output type that the fused activation allows.
struct IntegerRange {
  int32_t min, max;
};
IntegerRange activation_range(Activation activation, const ir::Tensor& output);

// The range of a data type itself: int8 -> [-128, 127].
IntegerRange type_range(ir::DataType type);

}  // namespace thimble::ops
