#include "ops/int4.h"

#include <algorithm>
#include <array>

#include "ops/mac_lowering.h"
#include "ops/packed_lowering.h"

namespace thimble::ops {

namespace {

constexpr int32_t kMin = -8, kMax = 7;

bool fits(int32_t weight) {
  return weight >= kMin && weight <= kMax;
}

// A weight of each of the channels A, B, C and D.
using Quad = std::array<int8_t, kQuad>;

// As the kernels read them, the weights for two inputs.
int32_t nibble_word(const Quad& first, const Quad& second) {
  uint32_t word = 0;
  for (size_t channel = 0; channel < kQuad; ++channel) {
    const size_t shift = 8 * (channel % 2) + 4 * (channel / 2);
    word |= (static_cast<uint32_t>(first[channel] - kMin)) << shift;
    word |= (static_cast<uint32_t>(second[channel] - kMin)) << (16 + shift);
  }
  return static_cast<int32_t>(word);
}

}  // namespace

bool fits_int4(const MacLayer& layer) {
  if (layer.weights.type != ir::DataType::kInt8 || layer.weight_zero_point() != 0) return false;
  const std::span weights(layer.weights.as<int8_t>(),
                          static_cast<size_t>(layer.weights.elements()));
  return std::ranges::all_of(weights, fits);
}

std::optional<std::vector<int32_t>> nibble_words(std::span<const int32_t> pair_words) {
  std::vector<int32_t> words;
  for (size_t i = 0; i + 1 < pair_words.size(); i += 2) {
    std::array<Quad, 2> quads;
    for (size_t pair = 0; pair < 2; ++pair)
      for (size_t k = 0; k < 2; ++k) {
        // A + 256 B, modulo 2^16.
        const uint32_t half = static_cast<uint32_t>(pair_words[i + pair]) >> (16 * k) & 0xFFFFu;
        const auto a = static_cast<int8_t>(half & 0xFFu);
        const auto b = static_cast<int8_t>((half - static_cast<uint32_t>(int32_t{a})) >> 8 & 0xFFu);
        if (!fits(a) || !fits(b)) return std::nullopt;
        quads[k][2 * pair] = a;
        quads[k][2 * pair + 1] = b;
      }
    words.push_back(nibble_word(quads[0], quads[1]));
  }
  return words;
}

std::vector<int8_t> nibble_bytes(std::span<const int8_t> weights) {
  std::vector<uint8_t> bytes((weights.size() + 1) / 2);
  for (size_t i = 0; i < weights.size(); ++i)
    bytes[i / 2] |= static_cast<uint8_t>((weights[i] & 0xF) << (4 * (i % 2)));
  return {bytes.begin(), bytes.end()};
}

std::vector<int32_t> quad_nibbles(const MacLayer& layer, std::span<const int32_t> order) {
  std::vector<int32_t> words;
  for (int32_t first = 0; first < layer.channels(); first += kQuad) {
    std::vector<Quad> inputs(order.size(), Quad{});
    for (int32_t channel = first; channel < std::min(first + kQuad, layer.channels()); ++channel) {
      const std::vector<int8_t> weights = channel_weights(layer, channel);
      for (size_t i = 0; i < order.size(); ++i)
        if (order[i] != kNoWeight)
          inputs[i][static_cast<size_t>(channel - first)] = weights[static_cast<size_t>(order[i])];
    }
    for (size_t i = 0; i + 1 < order.size(); i += 2)
      words.push_back(nibble_word(inputs[i], inputs[i + 1]));
  }
  return words;
}

}  // namespace thimble::ops
