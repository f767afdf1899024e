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

// Words, `step` bytes apart, to every position in scratch.
inline void gather_row(const int8_t* from, int32_t step, int32_t readable, int32_t count,
                       uint32_t* to) {
  if (readable >= kStripe) {
    for (; count >= 4; count -= 4, from += 4 * step, to += 4 * kRows) {
      const uint32_t a = simd::load_word(from), b = simd::load_word(from + step);
      const uint32_t c = simd::load_word(from + 2 * step), d = simd::load_word(from + 3 * step);
      to[0] = a;
      to[kRows] = b;
      to[2 * kRows] = c;
      to[3 * kRows] = d;
    }
  }
  for (; count > 0; --count, from += step, to += kRows) *to = load_pixel(from, readable);
}

// The rows from `v` on.
inline void gather_rows(const Depthwise3x3Params& p, const int8_t* input, int32_t readable,
                        int32_t v, int32_t positions, uint32_t* words) {
  const uint32_t padding = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  int32_t count = positions - p.pad_u;
  if (count > p.in_u) count = p.in_u;
  for (int32_t row = 0; row < kRows; ++row, ++v) {
    uint32_t* to = words + p.pad_u * kRows + row;
    if (is_inside(v, p.in_v))
      gather_row(input + v * p.in_v_step, p.in_u_step, readable, count, to);
    else
      gather_row(reinterpret_cast<const int8_t*>(&padding), 0, kStripe, count, to);
  }
}

template <bool kClampsNegatives>
__attribute__((noinline)) void convolve_quickly(const DspOutput& output, const int32_t* channel,
                                                const int8_t* weights, const int8_t* in,
                                                Outputs outputs) {
  const TapFilter filter = read_tap_filter<2>(output, channel, weights);
#if defined(THIMBLE_WALKS)
  // Positions are done two at a time: of an odd number, the first two and then all but the first.
  if (outputs.positions % 2) {
    const int32_t left = outputs.positions - 1;
    outputs.positions = 2;
    walk_pair_s2<kClampsNegatives>(filter, in, outputs);
    outputs.positions = left;
    outputs.first += outputs.u_step;
    in += 2 * kPositionBytes;
  }
  walk_pair_s2<kClampsNegatives>(filter, in, outputs);
#else
  walk_singly_s2(filter, in, outputs,
                 [&](int32_t sum) { return quick_output(filter.rescaling, sum); });
#endif
}

inline __attribute__((noinline)) void convolve_generally(const DspOutput& output,
                                                         const int32_t* channel,
                                                         const int8_t* weights, const int8_t* in,
                                                         const Outputs& outputs) {
  walk_singly_s2(read_tap_filter<1>(output, channel, weights), in, outputs,
                 [&](int32_t sum) { return requantize_generally(output, channel, sum); });
}

}  // namespace depthwise_3x3_s2_parts

// kClampsNegatives: the output's zero point is -128. On the host: false.
template <bool kClampsNegatives>
void depthwise_3x3_s2(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  using namespace depthwise_3x3_s2_parts;
  auto* words = reinterpret_cast<uint32_t*>(scratch);
  const int32_t positions = 2 * p.out_u + 1;
  const uint32_t padding = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  for (int32_t i = 0; i < positions * kRows; ++i) words[i] = padding;
  const int32_t rows = p.out_v > 1 ? 2 : 1;
  for (int32_t n = 0; n < p.batches; ++n) {
    for (int32_t next = 0; next < p.out_v; next += rows) {
      // Of an odd number the last but one is done twice.
      const int32_t v = next + rows > p.out_v ? next - 1 : next;
      for (int32_t stripe = 0; stripe < p.count; stripe += kStripe) {
        const int32_t first = first_of_stripe(stripe, p.count);
        gather_rows(p, input + first, p.count - first, 2 * v - p.pad_v, positions, words);
        Outputs outputs = {nullptr, p.out_u_step, p.out_v_step, p.out_u, rows - 1, 2 - rows};
        for (int32_t c = stripe; c < stripe + kStripe && c < p.count; ++c) {
          const auto* in = reinterpret_cast<const int8_t*>(words) + c - first;
          outputs.first = output + v * p.out_v_step + c;
          const int32_t* channel = p.channels + c * kChannelWords;
          const int8_t* weights = p.weights + 9 * c;
          if (is_quick(channel) && outputs.positions > 1 && outputs.pairs)
            convolve_quickly<kClampsNegatives>(p, channel, weights, in, outputs);
          else
            convolve_generally(p, channel, weights, in, outputs);
        }
      }
    }
    const int32_t outputs = p.out_u * p.out_v * p.count;
    if (p.is_clamped) clamp_outputs(p, output, outputs);
    input += p.in_u * p.in_v * p.count;
    output += outputs;
  }
}

}  // namespace thimble::kernels
