#include "ops/packed_lowering.h"

#include <algorithm>

#include "base/check.h"
#include "ops/mac_lowering.h"

namespace thimble::ops {
namespace {

// Bounds of a sum with inputs in [-128, 127], by magnitude.
int64_t largest_sum(std::span<const int8_t> weights, int64_t bias) {
  int64_t low = bias, high = bias;
  for (int64_t weight : weights) {
    low += std::min(weight * -128, weight * 127);
    high += std::max(weight * -128, weight * 127);
  }
  return std::max(std::abs(low), std::abs(high));
}

// Whether all sums up to `largest` give `value`.
bool gives_only(const OutputStage& stage, int32_t channel, int64_t low, int64_t high,
                int32_t value) {
  return low >= INT32_MIN && high <= INT32_MAX &&
         stage.apply(static_cast<int32_t>(low), channel) == value &&
         stage.apply(static_cast<int32_t>(high), channel) == value;
}

// Two channels' weights for two inputs; nothing when they do not fit.
std::optional<int32_t> pack_word(const PackedChannel& a, const PackedChannel& b, size_t first) {
  uint32_t word = 0;
  for (size_t i = 0; i < 2; ++i) {
    const int32_t half = a.weights[first + i] + 256 * b.weights[first + i];
    if (half < INT16_MIN) return std::nullopt;
    word |= static_cast<uint32_t>(half & 0xFFFF) << (16 * i);
  }
  return static_cast<int32_t>(word);
}

void append_table(std::vector<int32_t>& table, std::span<const PackedChannel> quad) {
  append_init(table, quad);
  uint32_t shifts = 0;
  for (size_t i = 0; i < kQuad; ++i) {
    table.push_back(quad[i].multiplier);
    shifts |= static_cast<uint32_t>(quad[i].shift) << (8 * i);
  }
  table.push_back(static_cast<int32_t>(shifts));
}

}  // namespace

std::optional<PackedChannel> packed_channel(const MacLayer& layer, const OutputStage& stage,
                                            std::span<const int32_t> order, int32_t index,
                                            int64_t bias) {
  constexpr int64_t kSumLimit = int64_t{1} << 30;
  // (2 * zero point + 1) << shift must stay below 2^31.
  constexpr int32_t kShiftLimit = 22;
  const std::vector<int8_t> weights = channel_weights(layer, index);
  const QuantizedMultiplier& m = stage.multipliers[static_cast<size_t>(index)];
  PackedChannel channel;
  for (int32_t i : order)
    channel.weights.push_back(i == kNoWeight ? int8_t{0} : weights[static_cast<size_t>(i)]);
  channel.bias = static_cast<int32_t>(static_cast<uint32_t>(bias));
  channel.multiplier = m.multiplier;
  channel.shift = -m.shift - 1;
  channel.largest_sum = largest_sum(weights, channel.bias);
  if (m.shift < 0 && channel.shift <= kShiftLimit && channel.largest_sum < kSumLimit &&
      channel.bias == bias)
    return channel;

  // A channel that is always clamped needs no true sum: one that is clamped as well will do.
  constexpr int32_t kFar = 1 << 21;
  int64_t low = bias, high = bias;
  for (int64_t weight : weights) {
    low += std::min(weight * -128, weight * 127);
    high += std::max(weight * -128, weight * 127);
  }
  for (const bool is_above : {false, true}) {
    if (m.shift > 0 ||
        !gives_only(stage, index, low, high, is_above ? stage.range.max : stage.range.min))
      continue;
    std::ranges::fill(channel.weights, int8_t{0});
    channel.bias = is_above ? kFar : -kFar;
    channel.multiplier = 1 << 30;
    channel.shift = 7;
    channel.largest_sum = kFar;
    return channel;
  }
  return std::nullopt;
}

void append_init(std::vector<int32_t>& table, std::span<const PackedChannel> quad) {
  for (size_t i = 0; i < kQuad; i += 2) {
    const auto low = static_cast<uint32_t>(quad[i].bias);
    const auto high = static_cast<uint32_t>(quad[i + 1].bias);
    table.push_back(static_cast<int32_t>(low + 256 * high));
    table.push_back(quad[i].bias);
  }
}

void append_run(std::vector<int32_t>& order, int32_t first, int32_t count) {
  for (; count >= 4; count -= 4, first += 4)
    order.insert(order.end(), {first, first + 2, first + 1, first + 3});
  const bool is_odd = count % 2 != 0;
  for (; count > 0; --count) order.push_back(first++);
  if (is_odd) order.push_back(kNoWeight);
}

std::optional<PackedLayer> pack_row_pairs(const MacLayer& layer, const OutputStage& stage,
                                          std::span<const int32_t> order, int32_t pairs) {
  return pack_row_pairs(layer, stage, order, pairs, 0, layer.channels());
}

std::optional<PackedLayer> pack_row_pairs(const MacLayer& layer, const OutputStage& stage,
                                          std::span<const int32_t> order, int32_t pairs,
                                          int32_t first_channel, int32_t end_channel) {
  constexpr int64_t kHighSumLimit = int64_t{1} << 23;
  CHECK(order.size() % 2 == 0 && pairs % 2 == 0);
  const std::vector<int64_t> biases = folded_bias(layer);
  std::vector<PackedChannel> channels;
  for (int32_t i = first_channel; i < end_channel; ++i) {
    auto channel = packed_channel(layer, stage, order, i, biases[static_cast<size_t>(i)]);
    if (!channel) return std::nullopt;
    channels.push_back(std::move(*channel));
  }
  const auto group = static_cast<size_t>(2 * pairs);
  while (channels.size() % group != 0) {
    channels.emplace_back();
    channels.back().weights.resize(order.size());
  }

  PackedLayer packed;
  for (size_t first = 0; first < channels.size(); first += group) {
    for (size_t step = 0; step < order.size(); step += 2)
      for (size_t i = first; i < first + group; i += 2) {
        const auto word = pack_word(channels[i], channels[i + 1], step);
        if (!word || channels[i + 1].largest_sum >= kHighSumLimit) return std::nullopt;
        packed.weights.push_back(*word);
      }
    for (size_t i = first; i < first + group; i += kQuad)
      append_table(packed.table, std::span(channels).subspan(i, kQuad));
  }
  packed.channels = std::move(channels);
  return packed;
}

}  // namespace thimble::ops
