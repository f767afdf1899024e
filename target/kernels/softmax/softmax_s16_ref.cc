// Portable softmax of int16 inputs, with tables.
#include "kernels/softmax/kernel.h"
#include "kernels/softmax/row.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {
namespace {

int32_t clamp_to_int16(int32_t x) {
  return fixed_point::clamp(x, INT16_MIN, INT16_MAX);
}

// x: an int16. 128 of its values share a line segment.
int32_t look_up(const int16_t* table, int32_t x) {
  const int16_t* entry = table + 256 + (x >> 7);
  const int32_t slope = static_cast<int16_t>(entry[1] - entry[0]);
  return entry[0] + ((slope * (x & 127) + 64) >> 7);
}

}  // namespace

void softmax_s16_ref(const SoftmaxS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    const int32_t largest = largest_of_row(input, p.depth);
    int32_t sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t scaled = fixed_point::rescale(input[c] - largest, p.multiplier, p.shift);
      // Not positive, so that this cannot overflow.
      output[c] = static_cast<int16_t>(look_up(p.exps, clamp_to_int16(scaled + INT16_MAX)));
      sum += output[c];
    }
    // The sum shifted into [1, 2) with 16 fractional bits, then to the range of the table.
    const int32_t headroom = leading_zeros(static_cast<uint32_t>(sum));
    const auto normalized =
        static_cast<int32_t>(((static_cast<int64_t>(sum) << (headroom - 1)) + (1 << 13)) >> 14);
    const int32_t reciprocal =
        look_up(p.reciprocals, clamp_to_int16(normalized - (1 << 16) - (1 << 15)));
    const int32_t shift = 31 - headroom;
    for (int32_t c = 0; c < p.depth; ++c) {
      const int64_t product = static_cast<int64_t>(output[c]) * reciprocal + (1 << (shift - 1));
      output[c] = static_cast<int16_t>(
          fixed_point::clamp(static_cast<int32_t>(product >> shift), 0, INT16_MAX));
    }
  }
}

}  // namespace thimble::kernels
