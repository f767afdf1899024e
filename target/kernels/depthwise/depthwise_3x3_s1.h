// Depthwise convolution of int8 with 3x3 filters at stride 1, for cores with DSP instructions.
//
// Per stripe of four channels the pixels are extended into scratch, padding included, a block of
// lines at a time; then every channel walks along the lines, two by two. A stripe's outputs depend
// on its own inputs alone, and a block's inputs are read before its outputs are written: they may
// take the place of the inputs.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/depthwise_3x3.h"
#include "kernels/depthwise/stripe.h"
#include "kernels/depthwise/walk_3x3_s1.h"

namespace thimble::kernels {

namespace depthwise_3x3_s1_parts {

// Extends lines `line` to `last` of the block that begins at `band`.
template <int kPitch>
void extend_lines(const Depthwise3x3Params& p, const int8_t* input, int32_t readable, int32_t band,
                  int32_t line, int32_t last, const Lines& lines) {
  const uint32_t padding = static_cast<uint8_t>(p.input_zero_point) * 0x01010101u;
  const auto* pad = reinterpret_cast<const int8_t*>(&padding);
  for (; line <= last; ++line) {
    const int32_t v = 2 * (band + line) - p.pad_v;
    PixelPairs pairs = {pad, pad, 0, 0, p.in_u};
    if (is_inside(v, p.in_v)) {
      pairs.a = input + v * p.in_v_step;
      pairs.a_step = p.in_u_step;
    }
    if (is_inside(v + 1, p.in_v)) {
      pairs.b = input + (v + 1) * p.in_v_step;
      pairs.b_step = p.in_u_step;
    }
    extend_line<kPitch>(pairs, readable, lines.at(p.pad_u, line), lines.count * kStripe);
  }
}

// The last line of a block is the first of the next.
inline void keep_last_line(const Lines& lines) {
  for (int32_t u = 0; u < lines.positions; ++u)
    for (int32_t c = 0; c < kStripe; ++c) lines.at(u, 0)[c] = lines.at(u, lines.count - 1)[c];
}

// One channel whose outputs are quick_output; at least two positions.
template <int kPitch, bool kClampsNegatives>
__attribute__((noinline)) void convolve_quickly(const DspOutput& output, const int32_t* channel,
                                                const int8_t* weights, const uint32_t* in,
                                                int32_t pitch, const Outputs& all) {
  const PairFilter filter = read_pair_filter<2>(output, channel, weights);
#if defined(THIMBLE_WALKS)
  static_cast<void>(pitch);
  Outputs outputs = all;
  // Positions are done two at a time: of an odd number, the first two and then all but the first.
  int32_t left = outputs.positions % 2 ? outputs.positions - 1 : 0;
  if (left) outputs.positions = 2;
  for (;;) {
    if (outputs.pairs) walk_pairs_s1<kPitch, kClampsNegatives>(filter, in, outputs);
    if (outputs.singles) walk_singles_s1<kPitch, kClampsNegatives>(filter, in, outputs);
    if (!left) return;
    outputs.positions = left;
    outputs.first += outputs.u_step;
    in += kPitch;
    left = 0;
  }
#else
  walk_singly_s1(filter, in, pitch, all,
                 [&](int32_t sum) { return quick_output(filter.rescaling, sum); });
#endif
}

// Any channel.
inline __attribute__((noinline)) void convolve_generally(const DspOutput& output,
                                                         const int32_t* channel,
                                                         const int8_t* weights, const uint32_t* in,
                                                         int32_t pitch, const Outputs& outputs) {
  walk_singly_s1(read_pair_filter<1>(output, channel, weights), in, pitch, outputs,
                 [&](int32_t sum) { return requantize_generally(output, channel, sum); });
}

}  // namespace depthwise_3x3_s1_parts

// kBands: p.bands. kClampsNegatives: the output's zero point is -128. On the host: 0 and false.
template <int kBands, bool kClampsNegatives>
void depthwise_3x3_s1(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                      uint8_t* scratch) {
  using namespace depthwise_3x3_s1_parts;
  constexpr int32_t kPitch = (kBands + 1) * kStripe;
  const int32_t bands = kBands ? kBands : p.bands;
  const int32_t pitch = (bands + 1) * kStripe;
  const Lines lines = {reinterpret_cast<uint32_t*>(scratch), bands + 1, p.out_u + 2};
  const uint32_t padding = static_cast<uint16_t>(p.input_zero_point) * 0x10001u;
  for (int32_t i = 0; i < lines.positions * pitch; i += kStripe)
    for (int32_t c = 0; c < kStripe; ++c) lines.words[i + c] = padding;
  const int32_t all_bands = (p.out_v + 1) / 2;
  for (int32_t n = 0; n < p.batches; ++n) {
    for (int32_t stripe = 0; stripe < p.count; stripe += kStripe) {
      const int32_t first = first_of_stripe(stripe, p.count);
      for (int32_t band = 0; band < all_bands; band += bands) {
        if (band > 0) keep_last_line(lines);
        const int32_t block = all_bands - band < bands ? all_bands - band : bands;
        extend_lines<kPitch>(p, input + first, p.count - first, band, band > 0 ? 1 : 0, block,
                             lines);
        const int32_t singles = p.out_v - 2 * band < 2 * block ? 1 : 0;
        Outputs outputs = {nullptr, p.out_u_step, p.out_v_step, p.out_u, block - singles, singles};
        for (int32_t c = stripe; c < stripe + kStripe && c < p.count; ++c) {
          const uint32_t* in = lines.words + c - first;
          outputs.first = output + 2 * band * p.out_v_step + c;
          const int32_t* channel = p.channels + c * kChannelWords;
          const int8_t* weights = p.weights + 9 * c;
          if (is_quick(channel) && outputs.positions > 1)
            convolve_quickly<kPitch, kClampsNegatives>(p, channel, weights, in, pitch, outputs);
          else
            convolve_generally(p, channel, weights, in, pitch, outputs);
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
