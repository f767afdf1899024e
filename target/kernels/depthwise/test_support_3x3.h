// The parameters of the 3x3 depthwise kernels, which convolutions of one input channel use too. For
// tests only.
#pragma once

#include "kernels/depthwise/depthwise_3x3.h"
#include "kernels/mac_test_support.h"

namespace thimble::kernels::testing {

inline Members<Depthwise3x3Params> members_3x3() {
  using Params = Depthwise3x3Params;
#define MEMBER(name) \
  { #name, &Params::name }
  return {MEMBER(weights),
          MEMBER(channels),
          MEMBER(batches),
          MEMBER(count),
          MEMBER(in_u),
          MEMBER(in_v),
          MEMBER(out_u),
          MEMBER(out_v),
          MEMBER(in_u_step),
          MEMBER(in_v_step),
          MEMBER(out_u_step),
          MEMBER(out_v_step),
          MEMBER(pad_u),
          MEMBER(pad_v),
          MEMBER(bands),
          MEMBER(input_zero_point),
          MEMBER(output_zero_point),
          MEMBER(min),
          MEMBER(max)};
#undef MEMBER
}

}  // namespace thimble::kernels::testing
