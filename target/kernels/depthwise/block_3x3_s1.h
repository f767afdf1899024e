// A block of lines of a 3x3 convolution at stride 1, once its inputs are words of two pixels: every
// channel walks along it. What stripes of a depthwise layer and a plane of one input channel share.
//
// kLine: words from line to line, kStripe where four channels have words of their own, 1 where the
// same word serves all channels. kPitch: words from position to position; `pitch` says the same
// where kPitch stands for any.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/depthwise_3x3.h"
#include "kernels/depthwise/stripe.h"
#include "kernels/depthwise/walk_3x3_s1.h"

namespace thimble::kernels {

// The last line of a block is the first of the next.
template <int kLine>
__attribute__((noinline)) void keep_last_line(const Lines<kLine>& lines) {
  const int32_t pitch = lines.count * kLine;
  uint32_t* to = lines.words;
  for (uint32_t* const end = to + lines.positions * pitch; to != end; to += pitch) {
    __builtin_memcpy(to, to + pitch - kLine, sizeof(uint32_t) * kLine);
  }
}

// Channels `channel` to `end`; an even number of positions. `in`: words of the first channel.
template <int kPitch, int kLine, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep,
          bool kFourBits>
__attribute__((noinline)) void convolve_channels(const Depthwise3x3Params& p, int32_t channel,
                                                 int32_t end, const uint32_t* in, int32_t pitch,
                                                 Outputs outputs) {
  constexpr int32_t kNextChannel = kLine == 1 ? 0 : 1;
  const int32_t* words = p.channels + channel * kEntryWords;
  const int32_t zero_point = p.output_zero_point;
  const int8_t* weights = p.weights + channel * kFilterBytes<kFourBits>;
  for (; channel < end; ++channel) {
    const Entry entry = read_entry(words);
    if (kIsPlain || is_quick(entry)) {
      const PairFilter filter = read_pair_filter<1, kFourBits>(weights);
      const Rescaling rescaling = rescaling_of(entry, zero_point);
#if defined(THIMBLE_WALKS)
      if (outputs.pairs)
        walk_pairs_s1<kPitch, kLine, kClampsNegatives, kUStep, kVStep>(filter, rescaling, in,
                                                                       outputs);
      if (outputs.singles)
        walk_singles_s1<kPitch, kLine, kClampsNegatives>(filter, rescaling, in, outputs);
#else
      walk_singly_s1<kLine>(filter, rescaling.bias, in, pitch, outputs,
                            [&](int32_t sum) { return quick_output(rescaling, sum); });
#endif
    } else {
      walk_singly_s1<kLine>(read_pair_filter<0, kFourBits>(weights), entry.bias, in, pitch, outputs,
                            [&](int32_t sum) { return general_output(entry, zero_point, sum); });
    }
    in += kNextChannel;
    ++outputs.first;
    words += kEntryWords;
    weights += kFilterBytes<kFourBits>;
  }
}

// The same for any number of positions from two on, p.out_u. They are done two at a time: of an odd
// number, the first two and all but the first.
template <int kPitch, int kLine, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep,
          bool kFourBits = false>
void convolve_block(const Depthwise3x3Params& p, int32_t channel, int32_t end, const uint32_t* in,
                    int32_t pitch, Outputs outputs) {
  int32_t left = p.out_u % 2 ? p.out_u - 1 : 0;
  outputs.positions = left ? 2 : p.out_u;
  for (;;) {
    convolve_channels<kPitch, kLine, kClampsNegatives, kIsPlain, kUStep, kVStep, kFourBits>(
        p, channel, end, in, pitch, outputs);
    if (!left) return;
    in += pitch;
    outputs.first += p.out_u_step;
    outputs.positions = left;
    left = 0;
  }
}

}  // namespace thimble::kernels
