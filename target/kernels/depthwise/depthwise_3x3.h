// What the 3x3 depthwise kernels share: parameters, stripes of channels.
#pragma once

#include <stdint.h>

#include "kernels/conv/shape.h"
#include "kernels/depthwise/filter_3x3.h"

namespace thimble::kernels {

// Extents and steps along the axes of filter_3x3.h; steps in bytes. At least two inputs and
// two outputs along either.
struct Depthwise3x3Params {
  const int8_t* weights;    // [channels][3][3], or kFilterBytes<true> a channel
  const int32_t* channels;  // see filter_3x3.h
  uint16_t batches, count;  // output channels
  uint16_t in_u, in_v, out_u, out_v;
  uint16_t in_u_step, in_v_step, out_u_step, out_v_step;
  uint8_t pad_u, pad_v;
  uint8_t bands;  // pairs of outputs in v whose inputs are in scratch at a time
  int8_t input_zero_point, output_zero_point;
  int8_t min, max;  // of the output element
};

// A multiple of four words.
inline void fill_words(uint32_t* words, int32_t count, uint32_t value) {
  for (uint32_t* const end = words + count; words != end; words += 4)
    words[0] = words[1] = words[2] = words[3] = value;
}

// For activations whose range is narrower than int8.
inline void clamp_outputs(const Depthwise3x3Params& p, int8_t* output, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    output[i] = static_cast<int8_t>(fixed_point::clamp(output[i], p.min, p.max));
}

}  // namespace thimble::kernels
