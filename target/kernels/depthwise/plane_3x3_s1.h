// Convolution of int8 from one input channel to many with 3x3 filters at stride 1, for cores with
// DSP instructions: the first layer of a network for grey images.
//
// Each output channel is a depthwise convolution of the same plane. So the plane is extended into
// scratch, padding included, a block of lines at a time, and every channel walks along them as in
// depthwise_3x3_s1.h. Positions (u) are columns of the image, lines are pairs of its rows. A
// block's inputs are read before its outputs are written.
#pragma once

#include <stdint.h>

#include "kernels/depthwise/block_3x3_s1.h"

namespace thimble::kernels {

namespace plane_3x3_s1_parts {

using PlaneLines = Lines<1>;

// A row of the plane; of one that is padding the same four bytes stand for all pixels.
struct PlaneRow {
  const int8_t* pixels;
  bool is_padding;
};

// Two rows of at least four pixels to the words of a line; `pitch`: from position to position.
inline void extend_rows(PlaneRow a, PlaneRow b, int32_t count, uint32_t* to, int32_t pitch) {
  for (;;) {
    // Neighbours in the row are what channels are to put_pair.
    put_pair(simd::load_word(a.pixels), simd::load_word(b.pixels), to, pitch);
    count -= kStripe;
    if (count <= 0) return;
    // The last four may repeat some that are done.
    const int32_t step = count < kStripe ? count : kStripe;
    if (!a.is_padding) a.pixels += step;
    if (!b.is_padding) b.pixels += step;
    to += step * pitch;
  }
}

// Lines `line` to `last`; v: the first row of line 0.
inline __attribute__((noinline)) void extend_lines(const Depthwise3x3Params& p, const int8_t* image,
                                                   int32_t v, int32_t line, int32_t last,
                                                   const PlaneLines& lines) {
  const uint32_t padding = simd::repeat_byte(p.input_zero_point);
  for (v += 2 * line; line <= last; ++line, v += 2) {
    auto row_at = [&](int32_t row) -> PlaneRow {
      if (!is_inside(row, p.in_v)) return {reinterpret_cast<const int8_t*>(&padding), true};
      return {image + row * p.in_v_step, false};
    };
    extend_rows(row_at(v), row_at(v + 1), p.in_u, lines.at(p.pad_u, line), lines.count);
  }
}

}  // namespace plane_3x3_s1_parts

// Arguments as in depthwise_3x3_s1.h. in_u is at least four, in_u_step is 1.
template <int kBands, bool kClampsNegatives, bool kIsPlain, int kUStep, int kVStep>
void plane_3x3_s1(const Depthwise3x3Params& p, const int8_t* input, int8_t* output,
                  uint8_t* scratch) {
  using namespace plane_3x3_s1_parts;
  constexpr int32_t kPitch = kBands + 1;
  const int32_t bands = kBands ? kBands : p.bands;
  const PlaneLines lines = {reinterpret_cast<uint32_t*>(scratch), bands + 1, p.out_u + 2};
  fill_words(lines.words, lines.positions * lines.count,
             static_cast<uint16_t>(p.input_zero_point) * 0x10001u);
  for (int32_t n = 0; n < p.batches; ++n, input += p.in_u * p.in_v) {
    int8_t* const image = output;
    for (int32_t v = 0; v < p.out_v; v += 2 * bands, output += 2 * bands * p.out_v_step) {
      if (v > 0) keep_last_line(lines);
      const int32_t rest = p.out_v - v, count = rest < 2 * bands ? rest : 2 * bands;
      extend_lines(p, input, v - p.pad_v, v > 0, (count + 1) / 2, lines);
      const Outputs outputs = {output, p.out_u_step, p.out_v_step, 0, count / 2, count % 2};
      convolve_block<kPitch, 1, kClampsNegatives, kIsPlain, kUStep, kVStep>(
          p, 0, p.count, lines.words, lines.count, outputs);
    }
    output = image + p.out_v * p.out_v_step;
    if (!kIsPlain) clamp_outputs(p, image, p.out_v * p.out_v_step);
  }
}

}  // namespace thimble::kernels
