// MUL of int8, four elements at a time, for factors below one half.
//
// The product of two elements has at most 17 bits. A factor multiplier / 2^(31 + shift) with
// shift > 0 takes it to the output with the roundings of runtime/fixed_point.h in four
// instructions; runtime/mac_dsp.h says why they are the same.
#pragma once

#include <stdint.h>

#include "runtime/simd.h"

namespace thimble::kernels {

struct ProductParams {
  int32_t count;
  int32_t a_zero_point, b_zero_point;
  int32_t multiplier, shift;
  int32_t rounding;    // (output zero point << shift) + 2^(shift - 1)
  int32_t min, max;    // activation range
  int32_t is_clamped;  // whether that is less than all of int8
};

// What the compiler is told of the parameters; nothing when kShift is 0.
template <int kShift, bool kIsClamped>
class Product {
 public:
  explicit Product(const ProductParams& p)
      : a_offset_(pair(-p.a_zero_point)),
        b_offset_(pair(-p.b_zero_point)),
        multiplier_(p.multiplier),
        rounding_(p.rounding),
        shift_(p.shift),
        min_(simd::repeat_byte(p.min)),
        max_(simd::repeat_byte(p.max)),
        is_clamped_(kShift == 0 ? p.is_clamped != 0 : kIsClamped) {}

  // Four elements each.
  uint32_t operator()(uint32_t x, uint32_t y) const {
    const uint32_t x_even = simd::sxtab16(a_offset_, x), x_odd = simd::sxtab16<8>(a_offset_, x);
    const uint32_t y_even = simd::sxtab16(b_offset_, y), y_odd = simd::sxtab16<8>(b_offset_, y);
    const uint32_t word = simd::pack_bytes(
        narrow(simd::smlabb(x_even, y_even, 0)), narrow(simd::smlabb(x_odd, y_odd, 0)),
        narrow(simd::smlatt(x_even, y_even, 0)), narrow(simd::smlatt(x_odd, y_odd, 0)));
    return is_clamped_ ? simd::min_s8x4(simd::max_s8x4(word, min_), max_) : word;
  }

 private:
  static uint32_t pair(int32_t x) {
    return (static_cast<uint32_t>(x) & 0xFFFFu) | static_cast<uint32_t>(x) << 16;
  }

  int32_t narrow(int32_t product) const {
    const int32_t scaled = simd::smmlar(product * 2, multiplier_, rounding_ + (product >> 31));
    if constexpr (kShift == 0)
      return simd::saturate_s8(scaled >> shift_);
    else
      return simd::saturate_s8_shifted<kShift>(scaled);
  }

  uint32_t a_offset_, b_offset_;
  int32_t multiplier_, rounding_, shift_;
  uint32_t min_, max_;
  bool is_clamped_;
};

// The output may be one of the inputs.
template <int kShift, bool kIsClamped>
void product_s8(const ProductParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  const Product<kShift, kIsClamped> product(p);
  int32_t left = p.count;
  for (; left >= 8; left -= 8, a += 8, b += 8, output += 8) {
    const uint32_t x0 = simd::load_word(a), y0 = simd::load_word(b);
    const uint32_t x1 = simd::load_word(a + 4), y1 = simd::load_word(b + 4);
    simd::store_word(output, product(x0, y0));
    simd::store_word(output + 4, product(x1, y1));
  }
  for (; left > 0; --left)
    *output++ =
        static_cast<int8_t>(product(static_cast<uint8_t>(*a++), static_cast<uint8_t>(*b++)));
}

}  // namespace thimble::kernels
