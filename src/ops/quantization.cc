#include "ops/quantization.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace thimble::ops {

base::Result<QuantizedMultiplier> quantize_multiplier(double real) {
  if (!std::isfinite(real) || real < 0)
    return base::fail(base::ErrorCode::kUnsupported, "the rescale factor {} cannot be represented",
                      real);
  if (real == 0) return QuantizedMultiplier{};
  int shift = 0;
  double mantissa = std::frexp(real, &shift);  // [0.5, 1)
  auto fixed = static_cast<int64_t>(std::round(mantissa * static_cast<double>(int64_t{1} << 31)));
  if (fixed == int64_t{1} << 31) {
    fixed /= 2;
    ++shift;
  }
  if (shift < -31) return QuantizedMultiplier{};  // everything rounds to zero
  if (shift > 30)
    return base::fail(base::ErrorCode::kUnsupported, "the rescale factor {} is too large", real);
  return QuantizedMultiplier{static_cast<int32_t>(fixed), shift};
}

int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  int64_t product = static_cast<int64_t>(a) * b;
  int64_t nudge = product >= 0 ? (int64_t{1} << 30) : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

int32_t rounding_divide_by_pot(int32_t x, int32_t exponent) {
  CHECK(exponent >= 0 && exponent <= 31, "exponent {}", exponent);
  int64_t mask = (int64_t{1} << exponent) - 1;
  int64_t remainder = x & mask;
  int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

int32_t multiply_by_quantized_multiplier(int32_t x, QuantizedMultiplier m) {
  int32_t left = std::max(m.shift, 0), right = std::max(-m.shift, 0);
  auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, m.multiplier),
                                right);
}

int32_t multiply_by_quantized_multiplier(int64_t x, QuantizedMultiplier m) {
  // 16-bit multiplier, rounded; saturates just below 2^31 so that it fits 15 bits.
  int32_t reduced = m.multiplier < 0x7FFF0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7FFF;
  int32_t total_shift = 15 - m.shift;
  // Wraps for accumulators beyond 48 bits, which no operator that is accepted can reach.
  auto product = static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(reduced));
  return static_cast<int32_t>((product + (int64_t{1} << (total_shift - 1))) >> total_shift);
}

IntegerRange type_range(ir::DataType type) {
  switch (type) {
    case ir::DataType::kInt8:
      return {-128, 127};
    case ir::DataType::kUInt8:
      return {0, 255};
    case ir::DataType::kInt16:
      return {-32768, 32767};
    default:
      return {INT32_MIN, INT32_MAX};
  }
}

IntegerRange activation_range(Activation activation, const ir::Tensor& output) {
  IntegerRange range = type_range(output.type);
  FloatRange real = activation_range(activation);
  // std::round is half away from zero, like the reference. The clamp comes before the conversion so
  // that a tiny scale cannot overflow it.
  auto quantize = [&](float value) {
    double q = double{std::round(value / output.scale())} + output.zero_point();
    return static_cast<int32_t>(std::clamp<double>(q, INT32_MIN, INT32_MAX));
  };
  if (std::isfinite(real.min)) range.min = std::max(range.min, quantize(real.min));
  if (std::isfinite(real.max)) range.max = std::min(range.max, quantize(real.max));
  return range;
}

}  // namespace thimble::ops
