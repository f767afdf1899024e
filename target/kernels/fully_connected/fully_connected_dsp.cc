// Matrix product with SMLAD. A row of the input is extended once into scratch memory (two bytes an
// element), then four output channels read it at once. Weights have rows of a multiple of four
// bytes, filled up with zeros, and no zero point.
#include "kernels/fully_connected/kernel.h"
#include "runtime/mac_dsp.h"

namespace thimble::kernels {
namespace {

template <int Rows>
void multiply(const FullyConnectedS8Params& p, const uint32_t* column, int32_t groups,
              int32_t channel, int8_t* output) {
  int32_t sums[Rows];
  for (int i = 0; i < Rows; ++i) sums[i] = p.bias[channel + i];
  accumulate<Rows, 1>(p.weights + channel * groups * kGroup, column, groups, sums);
  for (int i = 0; i < Rows; ++i)
    output[channel + i] = static_cast<int8_t>(requantize_right(p, sums[i], channel + i));
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

void fully_connected_s8_dsp(const FullyConnectedS8Params& p, const int8_t* input, int8_t* output,
                            uint8_t* scratch) {
  const int32_t groups = group_count(p.in);
  auto* column = reinterpret_cast<uint32_t*>(scratch);
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    extend_row(input, p.in, column);
    int32_t channel = 0;
    for (; channel + 4 <= p.out; channel += 4) multiply<4>(p, column, groups, channel, output);
    for (; channel < p.out; ++channel) multiply<1>(p, column, groups, channel, output);
  }
}

}  // namespace thimble::kernels
