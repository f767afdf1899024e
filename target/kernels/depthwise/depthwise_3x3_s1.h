// Depthwise convolution of int8 with 3x3 filters at stride 1, for cores with DSP instructions.
//
// Per stripe of four channels the pixels are extended into scratch, padding included, a block of
// lines at a time; then every channel walks along the lines, two by two. A stripe's outputs depend
// on its own inputs alone, and a block's inputs are read before its outputs are written: they may
// take the place of the inputs.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/block_3x3_s1.h"

namespace thimble::kernels {

namespace depthwise_3x3_s1_parts {

// Extends lines `line` to `last`; v: the first pixel of line 0.
template <int kPitch>
__attribute__((noinline)) void extend_lines(const Depthwise3x3Params& p, const int8_t* input,
                                            int32_t v, int32_t line, int32_t last,
                                            const Lines<kStripe>& lines) {
  const uint32_t padding = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  const auto* const pad = reinterpret_cast<const int8_t*>(&padding);
  v += 2 * line;
  uint32_t* to = lines.at(p.pad_u, line);
  for (; line <= last; ++line, v += 2, to += kStripe) {
    if (v >= p.in_v && p.out_v <= 2 * (lines.count - 1)) return;  // padding since the beginning
    const bool has_a = is_inside(v, p.in_v), has_b = is_inside(v + 1, p.in_v);
    const int32_t at = v * p.in_v_step;
    extend_line<kPitch>({has_a ? input + at : pad, has_b ? input + at + p.in_v_step : pad,
                         has_a ? p.in_u_step : 0, has_b ? p.in_u_step : 0, p.in_u},
                        to, lines.count * kStripe);
  }
}

template <bool kFourBits, int kBands, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep>
inline void convolve(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                     uint8_t* scratch) {
  constexpr int32_t kPitch = (kBands + 1) * kStripe;
  const int32_t bands = kBands ? kBands : p.bands;
  const int32_t pitch = (bands + 1) * kStripe;
  const Lines<kStripe> lines = {reinterpret_cast<uint32_t*>(scratch), bands + 1, p.out_u + 2};
  fill_words(lines.words, lines.positions * pitch,
             static_cast<uint16_t>(p.input_zero_point) * 0x10001u);
  for (int32_t n = 0; n < p.batches; ++n) {
    for (int32_t channel = 0; channel < p.count; channel += kStripe) {
      const int32_t first = first_of_stripe(channel, p.count);
      int8_t* out = output + channel;
      for (int32_t v = 0; v < p.out_v; v += 2 * bands, out += 2 * bands * p.out_v_step) {
        if (v > 0) keep_last_line(lines);
        const int32_t rest = p.out_v - v, count = rest < 2 * bands ? rest : 2 * bands;
        extend_lines<kPitch>(p, input + first, v - p.pad_v, v > 0, (count + 1) / 2, lines);
        const Outputs outputs = {out, p.out_u_step, p.out_v_step, 0, count / 2, count % 2};
        convolve_block<kPitch, kStripe, kClampsNegatives, kIsPlain, kUStep, kVStep, kFourBits>(
            p, channel, first + kStripe, lines.words + channel - first, pitch, outputs);
      }
    }
    const int32_t outputs = p.out_u * p.out_v * p.count;
    if (!kIsPlain) clamp_outputs(p, output, outputs);
    input += p.in_u * p.in_v * p.count;
    output += outputs;
  }
}

}  // namespace depthwise_3x3_s1_parts

// kBands: p.bands. kClampsNegatives: the output's zero point is -128. kIsPlain: all channels are
// quick and the activation's range is int8. kUStep, kVStep: the steps between outputs, or 0 to
// share code among all. On the host: 0 and false.
template <int kBands, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep>
void depthwise_3x3_s1(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  depthwise_3x3_s1_parts::convolve<false, kBands, kClampsNegatives, kIsPlain, kUStep, kVStep>(
      p, input, output, scratch);
}

// The same with weights of four bits.
template <int kBands, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep>
void depthwise_s4_3x3_s1(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                         uint8_t* scratch) {
  depthwise_3x3_s1_parts::convolve<true, kBands, kClampsNegatives, kIsPlain, kUStep, kVStep>(
      p, input, output, scratch);
}

}  // namespace thimble::kernels
