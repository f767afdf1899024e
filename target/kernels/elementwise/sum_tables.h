// ADD and SUB of int8 exactly as defined, for what scaled_sum.h has no numbers for: each operand's
// term in the common scale is computed once, for all 256 bytes, into scratch memory.
//
// What is left is the way of the sum to the output's scale, by the last step of packed row pairs
// (runtime/packed.h): with e = -output_shift > 0 and z the output's zero point
//     (SMMLAR(2 sum, multiplier, (2z + 1) << (e-1) + [sum < 0 ? -1 : 0])) >> e
#pragma once

#include <stdint.h>

#include "runtime/fixed_point.h"
#include "runtime/simd.h"

namespace thimble::kernels {

// As in BinaryParams.
struct SumTablesParams {
  int32_t count;
  int32_t a_zero_point, b_zero_point, left_shift;
  int32_t a_multiplier, a_shift, b_multiplier, b_shift;
  int32_t b_sign;  // -1: subtraction
  int32_t output_multiplier, output_shift;
  int32_t rounding;    // (2 * output zero point + 1) << (-output_shift - 1)
  int32_t min, max;    // activation range
  int32_t is_clamped;  // whether that is less than all of int8
};

constexpr int32_t kByteValues = 256;

// Twice an operand's term for each byte.
inline void tabulate_terms(int32_t zero_point, int32_t left_shift, int32_t multiplier,
                           int32_t shift, int32_t sign, int32_t* table) {
  for (int32_t x = 0; x < kByteValues; ++x) {
    const int32_t element = (static_cast<int8_t>(x) - zero_point) * (1 << left_shift);
    table[x] = 2 * sign * fixed_point::rescale(element, multiplier, shift);
  }
}

// kShift is -output_shift, 0 where it is not known. The output may be one of the inputs.
// Scratch: two tables of words.
template <int kShift>
void sum_s8_tables(const SumTablesParams& p, const int8_t* a, const int8_t* b, int8_t* output,
                   uint8_t* scratch) {
  auto* const a_terms = reinterpret_cast<int32_t*>(scratch);
  int32_t* const b_terms = a_terms + kByteValues;
  tabulate_terms(p.a_zero_point, p.left_shift, p.a_multiplier, p.a_shift, 1, a_terms);
  tabulate_terms(p.b_zero_point, p.left_shift, p.b_multiplier, p.b_shift, p.b_sign, b_terms);
  const int32_t multiplier = p.output_multiplier, rounding = p.rounding, shift = -p.output_shift;
  const uint32_t min = simd::repeat_byte(p.min), max = simd::repeat_byte(p.max);
  const bool is_clamped = p.is_clamped;
  auto element = [=](uint32_t x, uint32_t y) {
    const int32_t sum = a_terms[x & 0xFF] + b_terms[y & 0xFF];
    const int32_t scaled = simd::smmlar(sum, multiplier, rounding + (sum >> 31));
    if constexpr (kShift == 0)
      return simd::saturate_s8(scaled >> shift);
    else
      return simd::saturate_s8_shifted<kShift>(scaled);
  };
  auto four = [=](uint32_t x, uint32_t y) {
    const uint32_t word = simd::pack_bytes(element(x, y), element(x >> 8, y >> 8),
                                           element(x >> 16, y >> 16), element(x >> 24, y >> 24));
    return is_clamped ? simd::min_s8x4(simd::max_s8x4(word, min), max) : word;
  };
  int32_t left = p.count;
  for (; left >= 4; left -= 4, a += 4, b += 4, output += 4)
    simd::store_word(output, four(simd::load_word(a), simd::load_word(b)));
  for (; left > 0; --left)
    *output++ = static_cast<int8_t>(four(static_cast<uint8_t>(*a++), static_cast<uint8_t>(*b++)));
}

}  // namespace thimble::kernels
