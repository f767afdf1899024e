// The parameters of packed convolutions, which depthwise layers of one input channel use too. For
// tests only.
#pragma once

#include "kernels/conv/conv_packed.h"
#include "kernels/mac_test_support.h"

namespace thimble::kernels::testing {

inline Members<ConvS8PackedParams> packed_members() {
  using Params = ConvS8PackedParams;
#define MEMBER(name) \
  { #name, &Params::name }
  Members<Params> result = {MEMBER(weights),
                            MEMBER(table),
                            MEMBER(input_zero_point),
                            MEMBER(output_zero_point),
                            MEMBER(min),
                            MEMBER(max),
                            MEMBER(is_clamped),
                            MEMBER(block),
                            MEMBER(steps),
                            MEMBER(column_stride),
                            MEMBER(tile_bytes),
                            MEMBER(run),
                            MEMBER(run_words),
                            MEMBER(ring_row_bytes),
                            MEMBER(is_steady),
                            MEMBER(table_words)};
#undef MEMBER
  add_shape_members(result);
  return result;
}

}  // namespace thimble::kernels::testing
