// Matrix product with SMLAD. A row of the input is extended once into scratch memory (two bytes an
// element), then four output channels read it at once.
#include "kernels/fully_connected/kernel.h"
#include "runtime/mac_dsp.h"

namespace thimble::kernels {
namespace {

// All output channels of one row.
void multiply(const FullyConnectedS8DspParams& p, const uint32_t* column, int32_t groups,
              int8_t* output) {
  const int8_t* weights = p.weights;
  const int32_t* first = p.channels;
  int8_t* const end = output + p.out;
  for (; output + 4 <= end; output += 4) {
    const int32_t* const second = first + kChannelWords;
    const int32_t* const third = second + kChannelWords;
    const int32_t* const fourth = third + kChannelWords;
    const Sums sums = accumulate_4x1(weights, column, groups,
                                     {first[kBias], second[kBias], third[kBias], fourth[kBias]});
    const Sums results = requantize(p, first, second, third, fourth, sums);
    weights += 4 * kGroup * groups;
    first = fourth + kChannelWords;
    output[0] = static_cast<int8_t>(results.a);
    output[1] = static_cast<int8_t>(results.b);
    output[2] = static_cast<int8_t>(results.c);
    output[3] = static_cast<int8_t>(results.d);
  }
  for (; output != end; ++output, first += kChannelWords, weights += kGroup * groups) {
    const int32_t sum = accumulate_1x1(weights, column, groups, first[kBias]);
    *output = static_cast<int8_t>(requantize_generally(p, first, sum));
  }
}

// The last group may be incomplete: its rest becomes zero.
void extend_row(const int8_t* row, int32_t count, uint32_t* column) {
  const int32_t whole = count / kGroup;
  extend<1>(row, whole, column);
  if (count % kGroup == 0) return;
  int8_t rest[kGroup] = {};
  for (int32_t i = 0; i < count % kGroup; ++i) rest[i] = row[whole * kGroup + i];
  extend<1>(rest, 1, column + 2 * whole);
}

}  // namespace

void fully_connected_s8_dsp(const FullyConnectedS8DspParams& p, const int8_t* input, int8_t* output,
                            uint8_t* scratch) {
  const int32_t groups = group_count(p.in);
  auto* column = reinterpret_cast<uint32_t*>(scratch);
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    extend_row(input, p.in, column);
    multiply(p, column, groups, output);
  }
}

}  // namespace thimble::kernels
