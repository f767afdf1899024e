// Logistic function and tanh on int16, by interpolation in one table: tanh(x) = 2 logistic(2x) - 1.
#include "kernels/activation/kernel.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kLastEntry = 255;
constexpr int32_t kTableOffset = 32768;

int32_t scaled_input(const SigmoidS16Params& p, int32_t x) {
  const int32_t half = p.shift > 0 ? 1 << (p.shift - 1) : 0;
  return (x * p.multiplier + half) >> p.shift;
}

// The table at x >= 0, whose entries are 2^Bits steps apart, times 2^Bits.
template <int Bits>
int32_t interpolate(const int16_t* table, int32_t x, int32_t saturated) {
  const int32_t index = x >> Bits;
  if (index >= kLastEntry) return saturated;
  const int32_t from = table[index] + kTableOffset, to = table[index + 1] + kTableOffset;
  return (from << Bits) + (x & ((1 << Bits) - 1)) * (to - from);
}

int32_t magnitude(int32_t x) {
  return x < 0 ? -x : x;
}

}  // namespace

void logistic_s16_ref(const SigmoidS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = scaled_input(p, input[i]);
    int32_t value = interpolate<9>(p.table, magnitude(x), 0x7FFF << 10);
    if (x < 0) value = (1 << 25) - value - 1;
    output[i] = static_cast<int16_t>((value + (1 << 9)) >> 10);
  }
}

void tanh_s16_ref(const SigmoidS16Params& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = scaled_input(p, input[i]);
    int32_t value = interpolate<8>(p.table, magnitude(x), 0xFFFF << 8) - (1 << 23);
    if (x < 0) value = -value - 1;
    output[i] = static_cast<int16_t>((value + (1 << 7)) >> 8);
  }
}

}  // namespace thimble::kernels
