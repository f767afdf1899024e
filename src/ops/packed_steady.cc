// The last step of multiply_tile_steady (target/runtime/packed.h): one factor and one term a
// channel.
#include <algorithm>

#include "ops/fixed_point.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {
namespace {

constexpr int32_t kShift = 12;  // kSteadyShift of the kernels
constexpr int64_t kSumLimit = int64_t{1} << 23;

struct SteadyFactor {
  int64_t multiplier = 0, term = 0;

  int32_t apply(int64_t sum) const {
    return static_cast<int32_t>(((sum * multiplier >> 24) + term) >> kShift);
  }
};

// Both rise with the sum, so they are the same everywhere if they are on both sides of every step
// of the first and at both ends.
bool is_right(const SteadyFactor& factor, const OutputStage& stage, const PackedChannel& channel) {
  const QuantizedMultiplier multiplier{channel.multiplier, -channel.shift - 1};
  auto defined = [&](int64_t sum) {
    const int32_t scaled = multiply_by_quantized_multiplier(static_cast<int32_t>(sum), multiplier);
    return std::clamp(scaled + stage.zero_point, stage.range.min, stage.range.max);
  };
  auto agrees = [&](int64_t sum) {
    return std::clamp(factor.apply(sum), stage.range.min, stage.range.max) == defined(sum);
  };
  int64_t sum = -channel.largest_sum;
  if (!agrees(sum) || !agrees(channel.largest_sum)) return false;
  for (int32_t value = defined(sum); value != defined(channel.largest_sum); value = defined(sum)) {
    int64_t low = sum, high = channel.largest_sum;  // the output is above value at high, not at low
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (defined(middle) > value ? high : low) = middle;
    }
    if (!agrees(low) || !agrees(high)) return false;
    sum = high;
  }
  return true;
}

std::optional<SteadyFactor> steady_factor(const OutputStage& stage, const PackedChannel& channel) {
  const int32_t exponent = channel.shift + 1;
  const int32_t dropped = exponent + 7 - kShift;  // bits of the multiplier
  if (dropped < 0 || channel.largest_sum >= kSumLimit) return std::nullopt;
  const int64_t half = int64_t{1} << (kShift - 1);
  const int64_t term = (int64_t{stage.zero_point} << kShift) + half + (half >> exponent);
  for (const int64_t rounded_up : {0, 1}) {
    const SteadyFactor factor{(int64_t{channel.multiplier} >> dropped) + rounded_up, term};
    if (factor.multiplier <= INT32_MAX && is_right(factor, stage, channel)) return factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<int32_t>> steady_table(const OutputStage& stage,
                                                 std::span<const PackedChannel> channels) {
  std::vector<int32_t> table;
  for (size_t first = 0; first < channels.size(); first += kQuad) {
    const auto quad = channels.subspan(first, kQuad);
    append_init(table, quad);
    for (const PackedChannel& channel : quad) {
      SteadyFactor factor;  // of a channel that fills up the quad
      if (channel.multiplier != 0) {
        const auto found = steady_factor(stage, channel);
        if (!found) return std::nullopt;
        factor = *found;
      }
      table.push_back(static_cast<int32_t>(factor.multiplier));
      table.push_back(static_cast<int32_t>(factor.term));
    }
  }
  return table;
}

}  // namespace thimble::ops
