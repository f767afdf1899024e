// A recurrent layer: per filter the last `memory` activations are kept, `rank` filters feed a unit.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

// Feature weights [units * rank][inputs], time weights [units * rank][memory], state
// [batches][units * rank][memory], oldest first. A factor is multiplier * 2^(shift - 31), see
// runtime/fixed_point.h.
template <typename State>
struct SvdfS8Params {
  int32_t batches, inputs, units, rank, memory;
  const int8_t* feature_weights;
  const State* time_weights;
  const int32_t* bias;  // null: none
  int32_t input_zero_point, state_zero_point, output_zero_point;
  int32_t state_multiplier, state_shift, output_multiplier, output_shift;
};
using SvdfS8S16Params = SvdfS8Params<int16_t>;
using SvdfS8S8Params = SvdfS8Params<int8_t>;

struct SvdfF32Params {
  int32_t batches, inputs, units, rank, memory;
  const float* feature_weights;
  const float* time_weights;
  const float* bias;           // null: none
  float float_min, float_max;  // activation range
};

// Floats with int8 weights; the input is quantized at run time (runtime/hybrid.h).
struct SvdfHybridParams {
  int32_t batches, inputs, units, rank, memory;
  int32_t asymmetric;  // 1: the quantized input has a zero point
  const int8_t* feature_weights;
  const int8_t* time_weights;
  const float* bias;  // null: none
  float feature_scale, time_scale;
  float float_min, float_max;  // activation range
};

#define KERNEL(name, Params, T, State) \
  void name(const Params& params, const T* input, State* state, T* output);
#define KERNEL_WITH_SCRATCH(name, Params, T, State) \
  void name(const Params& params, const T* input, State* state, T* output, uint8_t* scratch);
#include "kernels/svdf/kernels.inc"
#undef KERNEL
#undef KERNEL_WITH_SCRATCH

}  // namespace thimble::kernels
