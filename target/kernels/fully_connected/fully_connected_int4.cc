// int8 matrix product with weights of four bits. A row of the input is extended once into scratch
// memory (two bytes an element), then four output channels read it at once.
#include "kernels/fully_connected/kernel.h"
#include "runtime/extend_pairs.h"
#include "runtime/int4.h"

namespace thimble::kernels {
namespace {

// The sum of the row, pair by pair.
int32_t sum_of(const uint32_t* column, int32_t steps) {
  constexpr uint32_t kOnes = 0x00010001u;
  int32_t sum = 0;
  for (; steps > 0; --steps) sum = simd::smlad(*column++, kOnes, sum);
  return sum;
}

void multiply(const FullyConnectedS4Params& p, const uint32_t* column, int32_t steps,
              int8_t* output) {
  // Every weight counts 8 more than it is.
  const int32_t excess = 8 * sum_of(column, steps);
  const auto with_bias = [excess](int32_t sum, const int32_t* channel) {
    return fixed_point::wrapping_add(sum - excess, channel[kBias]);
  };
  constexpr int32_t kChannels = 4;
  const auto* weights = reinterpret_cast<const uint32_t*>(p.weights);
  const int32_t* first = p.channels;
  for (int32_t left = p.out; left > 0; left -= kChannels, weights += steps) {
    const QuadSums sums = multiply_nibbles(weights, column, steps);
    if (left < kChannels) {
      const int32_t rest[] = {sums.a, sums.b, sums.c};
      for (int32_t i = 0; i < left; ++i, first += kChannelWords)
        *output++ = static_cast<int8_t>(requantize_generally(p, first, with_bias(rest[i], first)));
      return;
    }
    const int32_t* const second = first + kChannelWords;
    const int32_t* const third = second + kChannelWords;
    const int32_t* const fourth = third + kChannelWords;
    const Sums results = requantize(p, first, second, third, fourth,
                                    {with_bias(sums.a, first), with_bias(sums.b, second),
                                     with_bias(sums.c, third), with_bias(sums.d, fourth)});
    first = fourth + kChannelWords;
    output[0] = static_cast<int8_t>(results.a);
    output[1] = static_cast<int8_t>(results.b);
    output[2] = static_cast<int8_t>(results.c);
    output[3] = static_cast<int8_t>(results.d);
    output += kChannels;
  }
}

}  // namespace

void fully_connected_s4_dsp(const FullyConnectedS4Params& p, const int8_t* input, int8_t* output,
                            uint8_t* scratch) {
  auto* const column = reinterpret_cast<uint32_t*>(scratch);
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    extend_pairs(input, p.in, column);
    multiply(p, column, (p.in + 1) / 2, output);
  }
}

}  // namespace thimble::kernels
