#include "ops/softmax/softmax_tables.h"

#include <algorithm>
#include <cmath>

#include "ops/fixed_point.h"
#include "ops/quantization.h"

namespace thimble::ops {
namespace {

// The arithmetic is in float, in the order of the reference, so that the rounding is the same.
template <typename F>
std::vector<int16_t> int16_table(float input_scale, int32_t input_zero_point, F function) {
  constexpr int kSegments = static_cast<int>(kInt16TableSize) - 1;
  const float input_min = input_scale * static_cast<float>(-32768 - input_zero_point);
  const float input_max = input_scale * static_cast<float>(32767 - input_zero_point);
  const float step = (input_max - input_min) / kSegments;
  const float half_step = step / 2;
  const float output_scale = 2.0f / 65535;
  const float factor = 65536.0f / (output_scale * 32767.0f - output_scale * -32768.0f);

  std::vector<int16_t> table;
  auto add = [&](float value) {
    table.push_back(static_cast<int16_t>(std::clamp(value, -32768.0f, 32767.0f)));
  };
  for (int i = 0; i < kSegments; ++i) {
    const float x = input_min + static_cast<float>(i) * step;
    const float next_x = input_min + static_cast<float>(i + 1) * step;
    const float value = std::round(function(x) * factor);
    const float interpolated_middle = std::round((function(next_x) * factor + value) / 2);
    const float middle = std::round(function(x + half_step) * factor);
    add(value - std::round((interpolated_middle - middle) / 2));
  }
  add(std::round(function(input_max) * factor));
  return table;
}

}  // namespace

base::Result<std::vector<int32_t>> softmax_exp_table(float scale, float beta) {
  constexpr int kIntegerBits = 5;
  const double factor = double{beta} * double{scale} * (1 << (31 - kIntegerBits));
  if (!(factor > 1))
    return base::fail(base::ErrorCode::kUnsupported,
                      "beta {} times the input scale {} is too small", beta, scale);
  // Then even a distance of 1 is beyond the format.
  if (factor >= 1 << 30) return std::vector<int32_t>{kQ0One};
  THIMBLE_ASSIGN(const QuantizedMultiplier multiplier, quantize_multiplier(factor));
  const int32_t radius = fixed_input_radius(kIntegerBits, multiplier.shift);

  std::vector<int32_t> table;
  for (int32_t d = 0; d <= std::min(radius, 255); ++d) {
    const int32_t scaled = saturating_rounding_doubling_high_mul(
        static_cast<int32_t>(-int64_t{d} << multiplier.shift), multiplier.multiplier);
    table.push_back(fixed_exp_of_negative(scaled, kIntegerBits));
  }
  // A sum takes value / 2^12 and an output at most value / 2^15, both rounded.
  constexpr int32_t kSmallestThatCounts = 1 << 11;
  while (table.back() < kSmallestThatCounts) table.pop_back();
  return table;
}

std::vector<int16_t> softmax_int16_exp_table() {
  return int16_table(10.0f / 65535, 32767, [](float x) { return std::exp(x); });
}

std::vector<int16_t> softmax_int16_reciprocal_table() {
  return int16_table(1.0f / 65535, -32768, [](float x) { return 1.0f / (1.0f + x); });
}

int32_t look_up_int16(const std::vector<int16_t>& table, int32_t x) {
  const auto index = static_cast<size_t>(256 + (x >> 7));
  const int32_t slope = static_cast<int16_t>(table[index + 1] - table[index]);
  return table[index] + ((slope * (x & 127) + 64) >> 7);
}

}  // namespace thimble::ops
