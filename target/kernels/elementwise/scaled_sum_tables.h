// ADD and SUB of int8 as in scaled_sum.h, for cores whose long multiplication is missing or slow:
// every operand's product is computed once, for all 256 bytes, into scratch memory.
#pragma once

#include <stdint.h>

#include "kernels/elementwise/scaled_sum.h"

namespace thimble::kernels {

constexpr int32_t kBytes = 256;

inline void tabulate_products(int32_t factor, int32_t offset, int32_t* table) {
  for (int32_t x = 0; x < kBytes; ++x) {
    // smlawb divides by 2^16.
    const int32_t element = static_cast<int8_t>(x) * 256;
    table[x] = simd::smlawb(factor, static_cast<uint32_t>(element), offset);
  }
}

// kShift repeats the parameter, 0 where it is not known. The output may be one of the inputs.
// Scratch: two tables of words.
template <int kShift>
void scaled_sum_s8_tables(const ScaledSumParams& p, const int8_t* a, const int8_t* b,
                          int8_t* output, uint8_t* scratch) {
  auto* a_products = reinterpret_cast<int32_t*>(scratch);
  int32_t* const b_products = a_products + kBytes;
  tabulate_products(p.a_factor, p.offset, a_products);
  tabulate_products(p.b_factor, 0, b_products);
  const int32_t shift = kShift ? kShift : p.shift, rounding = p.rounding, min = p.min, max = p.max;
  const bool rounds_away = p.rounds_away, is_clamped = p.is_clamped;
  for (const int8_t* const end = output + p.count; output != end; ++output, ++a, ++b) {
    int32_t sum = a_products[static_cast<uint8_t>(*a)] + b_products[static_cast<uint8_t>(*b)];
    if (rounds_away) sum += (sum >> 31) + rounding;
    sum >>= shift;
    if (sum != static_cast<int8_t>(sum)) sum = sum < 0 ? -128 : 127;
    if (is_clamped) sum = sum < min ? min : sum > max ? max : sum;
    *output = static_cast<int8_t>(sum);
  }
}

}  // namespace thimble::kernels
