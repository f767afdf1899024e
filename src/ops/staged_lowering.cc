#include "ops/staged_lowering.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace thimble::ops {
namespace {

constexpr uint32_t kFlag = 1u << 31;

// target/runtime/staged.h, without the clamp to int8.
struct Digits {
  int32_t low, middle, top, addend, step, shift;

  int64_t apply(int64_t sum) const {
    int64_t stage = (sum * low) >> step;
    stage = (stage + sum * middle) >> step;
    const int64_t away = sum < 0 ? -(int64_t{1} << step) : 0;
    return (stage + sum * top + addend + away) >> shift;
  }

  // Whether nothing leaves 32 bits for sums up to `largest`.
  bool fits(int64_t largest) const {
    const int64_t digit = int64_t{1} << step, limit = int64_t{1} << 31;
    return (largest + 1) * digit < limit &&
           largest * (top + 1) + std::abs(int64_t{addend}) + digit + 1 < limit;
  }
};

std::optional<Digits> cut(const QuantizedMultiplier& m, int32_t zero_point, int32_t step) {
  const int32_t bits = 3 * step, dropped = 31 - bits;
  // The multiplier as a number of `bits` bits, rounded.
  const int64_t number = dropped > 0
                             ? (int64_t{m.multiplier} + (int64_t{1} << (dropped - 1))) >> dropped
                             : int64_t{m.multiplier} << -dropped;
  if (number >> bits) return std::nullopt;
  const int32_t mask = (1 << step) - 1, exponent = -m.shift;
  Digits digits{};
  digits.step = step;
  digits.shift = exponent + step;
  if (exponent < 1 || digits.shift > 24) return std::nullopt;
  digits.low = static_cast<int32_t>(number) & mask;
  digits.middle = static_cast<int32_t>(number >> step) & mask;
  digits.top = static_cast<int32_t>(number >> (2 * step));
  // Half of the first rounding, half of the second, the zero point.
  const int64_t addend = (int64_t{1} << (step - 1)) + (int64_t{1} << (digits.shift - 1)) +
                         int64_t{zero_point} * (int64_t{1} << digits.shift);
  digits.addend = static_cast<int32_t>(addend);
  return digits;
}

// Both sides never decrease with the sum, so it is enough to compare them around the sums where the
// output steps.
bool is_exact(const Digits& digits, const OutputStage& stage, int32_t channel, int64_t largest) {
  const QuantizedMultiplier& m = stage.multipliers[static_cast<size_t>(channel)];
  const double sums_per_step = std::ldexp(1.0, 31 - m.shift) / m.multiplier;
  constexpr int64_t kReach = 4;
  auto is_equal = [&](int64_t sum) {
    const int64_t cut = std::clamp<int64_t>(digits.apply(sum), stage.range.min, stage.range.max);
    return cut == stage.apply(static_cast<int32_t>(sum), channel);
  };
  for (int32_t output = stage.range.min; output <= stage.range.max + 1; ++output) {
    const auto step_at =
        static_cast<int64_t>(std::floor((output - stage.zero_point - 0.5) * sums_per_step));
    for (int64_t sum = step_at - kReach; sum <= step_at + kReach; ++sum)
      if (std::abs(sum) <= largest && !is_equal(sum)) return false;
  }
  return is_equal(-largest) && is_equal(largest);
}

}  // namespace

std::vector<int32_t> staged_words(const OutputStage& stage, int32_t channel, int64_t bias,
                                  int64_t largest_sum) {
  const auto wrapped_bias = static_cast<int32_t>(static_cast<uint64_t>(bias) & 0xFFFFFFFFu);
  const QuantizedMultiplier& m = stage.multipliers[static_cast<size_t>(channel)];
  for (int32_t step = 11; step >= 6; --step) {
    const auto digits = cut(m, stage.zero_point, step);
    if (!digits || !digits->fits(largest_sum)) continue;
    if (!is_exact(*digits, stage, channel, largest_sum)) continue;
    return {wrapped_bias, digits->addend, digits->low | digits->middle << 16,
            digits->top | digits->step << 16 | digits->shift << 24};
  }
  return {wrapped_bias, m.multiplier, m.shift, 0};
}

void add_staged_output(KernelCall& call, const MacLayer& layer, const OutputStage& stage,
                       bool folds_zero_point, const std::function<bool(int32_t channel)>& flag) {
  const std::vector<int64_t> bias = folds_zero_point ? folded_bias(layer) : integer_bias(layer);
  const int64_t zero_point = folds_zero_point ? 0 : layer.input.zero_point();
  std::vector<int32_t> table;
  for (int32_t channel = 0; channel < layer.channels(); ++channel) {
    const int64_t start = bias[static_cast<size_t>(channel)];
    int64_t low = start, high = start;
    for (int64_t weight : channel_weights(layer, channel)) {
      const int64_t a = weight * (-128 - zero_point), b = weight * (127 - zero_point);
      low += std::min({a, b, int64_t{0}});
      high += std::max({a, b, int64_t{0}});
    }
    std::vector<int32_t> words =
        staged_words(stage, channel, start, std::max(std::abs(low), std::abs(high)));
    if (flag(channel))
      words.back() = static_cast<int32_t>(static_cast<uint32_t>(words.back()) | kFlag);
    table.insert(table.end(), words.begin(), words.end());
  }
  add_table<int32_t>(call, "channels", ir::DataType::kInt32, table);
  const bool is_clamped = stage.range.min > -128 || stage.range.max < 127;
  call.fields.push_back({"output_zero_point", stage.zero_point});
  call.fields.push_back({"min", stage.range.min});
  call.fields.push_back({"max", stage.range.max});
  call.fields.push_back({"is_clamped", is_clamped});
}

bool fits_staged(const MacLayer& layer, const LowerTarget& target) {
  return target.optimized && !target.dsp && !target.mve && layer.mode() == MacMode::kInt8;
}

}  // namespace thimble::ops
