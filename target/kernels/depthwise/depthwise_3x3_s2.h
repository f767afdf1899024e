// Depthwise convolution of int8 with 3x3 filters at stride 2, for cores with DSP instructions.
//
// Two rows of outputs at a time (v: down, u: along them), and of these a stripe of four channels:
// the five rows of input that they need are gathered in scratch, padding included, then every
// channel walks along them. So the output may follow two rows behind the input in the same memory.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/depthwise_3x3.h"
#include "kernels/depthwise/stripe.h"
#include "kernels/depthwise/walk_3x3_s2.h"

namespace thimble::kernels {

namespace depthwise_3x3_s2_parts {

// Words that lie `step` bytes apart go to the same row of every position.
inline __attribute__((noinline)) void gather_row(const int8_t* from, int32_t step, int32_t count,
                                                 uint32_t* to) {
#if defined(THIMBLE_DSP)
  if (count >= 4) {
    const uint32_t* const end = to + (count & ~3) * kRows;
    uint32_t a, b, c, d;
    __asm__ volatile(
        ".p2align 2\n"
        "1:\n\t"
        "ldr.w %[a], [%[from]]\n\t"
        "ldr.w %[b], [%[from], %[step]]\n\t"
        "ldr.w %[c], [%[from], %[step], lsl #1]\n\t"
        "ldr.w %[d], [%[from], %[steps]]\n\t"
        "add.w %[from], %[from], %[step], lsl #2\n\t"
        "str.w %[b], [%[to], #%c[pitch]]\n\t"
        "str.w %[c], [%[to], #2 * %c[pitch]]\n\t"
        "str.w %[d], [%[to], #3 * %c[pitch]]\n\t"
        "str.w %[a], [%[to]], #4 * %c[pitch]\n\t"
        "cmp.w %[to], %[end]\n\t"
        "bne.w 1b"
        : [from] "+r"(from), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
        : [step] "r"(step), [steps] "r"(3 * step), [end] "r"(end), [pitch] "i"(4 * kRows)
        : "cc", "memory");
    count &= 3;
  }
#endif
  for (; count > 0; --count, from += step, to += kRows) *to = simd::load_word(from);
}

// The rows from `v` on.
inline __attribute__((noinline)) void gather_rows(const Depthwise3x3Params& p, const int8_t* input,
                                                  int32_t v, int32_t count, uint32_t* words) {
  const uint32_t padding = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  for (int32_t row = 0; row < kRows; ++row, ++v, ++words) {
    if (is_inside(v, p.in_v))
      gather_row(input + v * p.in_v_step, p.in_u_step, count, words);
    else
      gather_row(reinterpret_cast<const int8_t*>(&padding), 0, count, words);
  }
}

// Channels `channel` to `end` of a stripe; an even number of positions.
template <bool kFourBits, bool kClampsNegatives, bool kIsPlain>
__attribute__((noinline)) void convolve_stripe(const Depthwise3x3Params& p, int32_t channel,
                                               int32_t end, const int8_t* in, Outputs outputs) {
  const int32_t* words = p.channels + channel * kEntryWords;
  const int32_t zero_point = p.output_zero_point;
  const int8_t* weights = p.weights + channel * kFilterBytes<kFourBits>;
  for (; channel < end; ++channel) {
    const Entry entry = read_entry(words);
    if (kIsPlain || is_quick(entry)) {
      const TapFilter filter = read_tap_filter<1, kFourBits>(weights);
      const Rescaling rescaling = rescaling_of(entry, zero_point);
#if defined(THIMBLE_WALKS)
      walk_pair_s2<kClampsNegatives>(filter, rescaling, in, outputs);
#else
      walk_singly_s2(filter, rescaling.bias, in, outputs,
                     [&](int32_t sum) { return quick_output(rescaling, sum); });
#endif
    } else {
      walk_singly_s2(read_tap_filter<0, kFourBits>(weights), entry.bias, in, outputs,
                     [&](int32_t sum) { return general_output(entry, zero_point, sum); });
    }
    ++in;
    ++outputs.first;
    words += kEntryWords;
    weights += kFilterBytes<kFourBits>;
  }
}

template <bool kFourBits, bool kClampsNegatives, bool kIsPlain>
inline void convolve(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                     uint8_t* scratch) {
  auto* words = reinterpret_cast<uint32_t*>(scratch);
  const int32_t positions = 2 * p.out_u + 1, room = positions - p.pad_u;
  for (int32_t i = 0; i < positions * kRows; ++i)
    words[i] = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  for (int32_t n = 0; n < p.batches; ++n) {
    for (int32_t next = 0; next < p.out_v; next += 2) {
      // Of an odd number the last but one is done twice.
      const int32_t v = next + 2 > p.out_v ? next - 1 : next;
      for (int32_t channel = 0; channel < p.count; channel += kStripe) {
        const int32_t first = first_of_stripe(channel, p.count);
        gather_rows(p, input + first, 2 * v - p.pad_v, room < p.in_u ? room : p.in_u,
                    words + p.pad_u * kRows);
        Outputs outputs = {
            output + v * p.out_v_step + channel, p.out_u_step, p.out_v_step, p.out_u, 1, 0};
        const auto* in = reinterpret_cast<const int8_t*>(words) + channel - first;
        // Positions are done two at a time: of an odd number, the first two and all but the first.
        int32_t left = p.out_u % 2 ? p.out_u - 1 : 0;
        if (left) outputs.positions = 2;
        for (;;) {
          convolve_stripe<kFourBits, kClampsNegatives, kIsPlain>(p, channel, first + kStripe, in,
                                                                 outputs);
          if (!left) break;
          in += 2 * kPositionBytes;
          outputs.first += p.out_u_step;
          outputs.positions = left;
          left = 0;
        }
      }
    }
    const int32_t outputs = p.out_u * p.out_v * p.count;
    if (!kIsPlain) clamp_outputs(p, output, outputs);
    input += p.in_u * p.in_v * p.count;
    output += outputs;
  }
}

}  // namespace depthwise_3x3_s2_parts

// kClampsNegatives: the output's zero point is -128. kIsPlain: all channels are quick and the
// activation's range is int8. On the host: false.
template <bool kClampsNegatives, bool kIsPlain>
void depthwise_3x3_s2(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  depthwise_3x3_s2_parts::convolve<false, kClampsNegatives, kIsPlain>(p, input, output, scratch);
}

// The same with weights of four bits.
template <bool kClampsNegatives, bool kIsPlain>
void depthwise_s4_3x3_s2(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                         uint8_t* scratch) {
  depthwise_3x3_s2_parts::convolve<true, kClampsNegatives, kIsPlain>(p, input, output, scratch);
}

}  // namespace thimble::kernels
