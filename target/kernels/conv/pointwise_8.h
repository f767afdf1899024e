// int8 convolution with 1x1 filters of eight input channels, for cores with DSP instructions.
//
// So few inputs do not pay for what packed row pairs (runtime/packed.h) spend on a tile besides its
// products. Here the weights of four channels wait in floating-point registers as halfwords, two to
// a word and times 256, so that sums need no taking apart before the steady last step of packed.h;
// two pixels at a time are extended straight into the core's registers.
//
// Pixels are computed in blocks, four channels at a time: a block's inputs must be intact until all
// of its channels are written.
#pragma once

#include <stdint.h>

#include "runtime/fixed_point.h"
#include "runtime/packed.h"

namespace thimble::kernels {

// Words of the table for each channel: four pairs of weights in the order of extend_pairs, then 256
// times the bias, and M and what is added of the last step.
constexpr int32_t kPointwiseWords = 7;
constexpr int32_t kPointwiseInputs = 8;

struct ConvS8Pointwise8Params {
  const int32_t* table;
  int32_t pixels;      // at least two
  int32_t block;       // even
  uint16_t out_c;      // at least four
  int8_t min, max;     // of the output element
  uint8_t is_clamped;  // whether that is less than all of int8
};

#if defined(THIMBLE_DSP) && defined(__ARM_FP)
#define THIMBLE_POINTWISE 1
// clang-format off

// The first channel's words are in s0 to s6, and so on; inputs of two pixels in r4-r7 and r8-r11.
#define THIMBLE_PAIR(slot, first, second) \
  "vmov r12, s" #slot "\n\t" \
  "smlad r2, r12, " first ", r2\n\t" \
  "smlad r3, r12, " second ", r3\n\t"
#define THIMBLE_CHANNEL(i, w0, w1, w2, w3, init, multiplier, term) \
  "vmov r12, s" #w0 "\n\t" \
  "vmov lr, s" #init "\n\t" \
  "smlad r2, r12, r4, lr\n\t" \
  "smlad r3, r12, r8, lr\n\t" \
  THIMBLE_PAIR(w1, "r5", "r9") \
  THIMBLE_PAIR(w2, "r6", "r10") \
  THIMBLE_PAIR(w3, "r7", "r11") \
  "vmov r12, s" #multiplier "\n\t" \
  "vmov lr, s" #term "\n\t" \
  "smmla r2, r2, r12, lr\n\t" \
  "smmla r3, r3, r12, lr\n\t" \
  "ssat r2, #8, r2, asr %[shift]\n\t" \
  "ssat r3, #8, r3, asr %[shift]\n\t" \
  "strb.w r2, [r1, #" #i "]\n\t" \
  "strb.w r3, [r1, #%c[out_c] + " #i "]\n\t"

// Four channels of pairs of pixels, from `input` to `end`. kOutC: bytes from pixel to pixel.
template <int kOutC>
__attribute__((naked, noinline)) void multiply_pointwise_8(const int8_t*, int8_t*, const int32_t*,
                                                           const int8_t*) {
  __asm__ volatile(
      ".syntax unified\n\t"
      "push.w {r4-r11, lr}\n\t"
      "vpush {s16-s28}\n\t"
      "vldm r2, {s0-s27}\n\t"
      "vmov s28, r3\n\t"
      ".p2align 2\n"
      "1:\n\t"
      "ldr.w r4, [r0]\n\t"
      "ldr.w r6, [r0, #4]\n\t"
      "ldr.w r8, [r0, #8]\n\t"
      "ldr.w r10, [r0, #12]\n\t"
      "add.w r0, r0, #16\n\t"
      "sxtb16 r5, r4, ror #8\n\t"
      "sxtb16 r4, r4\n\t"
      "sxtb16 r7, r6, ror #8\n\t"
      "sxtb16 r6, r6\n\t"
      "sxtb16 r9, r8, ror #8\n\t"
      "sxtb16 r8, r8\n\t"
      "sxtb16 r11, r10, ror #8\n\t"
      "sxtb16 r10, r10\n\t"
      THIMBLE_CHANNEL(0, 0, 1, 2, 3, 4, 5, 6)
      THIMBLE_CHANNEL(1, 7, 8, 9, 10, 11, 12, 13)
      THIMBLE_CHANNEL(2, 14, 15, 16, 17, 18, 19, 20)
      THIMBLE_CHANNEL(3, 21, 22, 23, 24, 25, 26, 27)
      "addw r1, r1, #2 * %c[out_c]\n\t"
      "vmov r12, s28\n\t"
      "cmp.w r0, r12\n\t"
      "bne.w 1b\n\t"
      "vpop {s16-s28}\n\t"
      "pop.w {r4-r11, pc}\n\t"
      :
      : [out_c] "i"(kOutC), [shift] "i"(kSteadyShift));
}
#undef THIMBLE_CHANNEL
#undef THIMBLE_PAIR
// clang-format on
#endif

// An even number of pixels. kOutC repeats p.out_c.
template <int kOutC>
inline void multiply_pixel_pairs(const ConvS8Pointwise8Params& p, const int8_t* input,
                                 int32_t pixels, const int32_t* table, int8_t* output) {
  const int8_t* const end = input + pixels * kPointwiseInputs;
#if defined(THIMBLE_POINTWISE)
  static_cast<void>(p);
  multiply_pointwise_8<kOutC>(input, output, table, end);
#else
  for (; input != end; input += kPointwiseInputs, output += p.out_c) {
    uint32_t words[kPointwiseInputs / 2];
    extend_pairs(input, kPointwiseInputs, words);
    for (int32_t i = 0; i < kQuad; ++i) {
      const int32_t* const channel = table + i * kPointwiseWords;
      int32_t sum = channel[4];
      for (int32_t k = 0; k < kPointwiseInputs / 2; ++k)
        sum = simd::smlad(static_cast<uint32_t>(channel[k]), words[k], sum);
      const int32_t scaled = simd::smmla(sum, channel[5], channel[6]);
      output[i] = static_cast<int8_t>(simd::saturate_s8_shifted<kSteadyShift>(scaled));
    }
  }
#endif
}

// No scratch. kOutC repeats p.out_c.
template <int kOutC>
void conv_s8_pointwise_8(const ConvS8Pointwise8Params& p, const int8_t* input, int8_t* output) {
  for (int32_t left = p.pixels, pixels; left > 0; left -= pixels) {
    // No block of a single pixel is left over.
    pixels = left > p.block + 1 ? p.block : left;
    const int32_t odd = pixels % 2;
    for (int32_t channel = 0; channel < p.out_c; channel += kQuad) {
      // The last four may repeat some that were done, as of an odd number of pixels the first two
      // and all but the first are.
      const int32_t first = channel < p.out_c - kQuad ? channel : p.out_c - kQuad;
      const int32_t* const table = p.table + first * kPointwiseWords;
      if (odd) multiply_pixel_pairs<kOutC>(p, input, 2, table, output + first);
      multiply_pixel_pairs<kOutC>(p, input + odd * kPointwiseInputs, pixels - odd, table,
                                  output + odd * p.out_c + first);
    }
    const int32_t count = pixels * p.out_c;
    if (p.is_clamped)
      for (int32_t i = 0; i < count; ++i)
        output[i] = static_cast<int8_t>(fixed_point::clamp(output[i], p.min, p.max));
    input += pixels * kPointwiseInputs;
    output += count;
  }
}

}  // namespace thimble::kernels
