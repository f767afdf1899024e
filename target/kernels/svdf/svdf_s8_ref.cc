// Portable SVDF on integers.
#include "kernels/svdf/kernel.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {
namespace {

// Sum of (x[i] - zero) * weights[i], modulo 2^32.
template <typename T>
int32_t centred_dot(const T* x, int32_t zero, const T* weights, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += static_cast<uint32_t>((x[i] - zero) * weights[i]);
  return static_cast<int32_t>(sum);
}

template <typename State>
void svdf(const SvdfS8Params<State>& p, const int8_t* input, State* state, int8_t* output,
          int32_t state_min, int32_t state_max) {
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.inputs) {
    const int8_t* feature_weights = p.feature_weights;
    const State* time_weights = p.time_weights;
    for (int32_t unit = 0; unit < p.units; ++unit) {
      int32_t sum = p.bias ? p.bias[unit] : 0;
      for (int32_t filter = 0; filter < p.rank; ++filter) {
        for (int32_t i = 0; i + 1 < p.memory; ++i) state[i] = state[i + 1];
        const int32_t product = centred_dot(input, p.input_zero_point, feature_weights, p.inputs);
        const int32_t scaled = fixed_point::rescale(product, p.state_multiplier, p.state_shift);
        state[p.memory - 1] = static_cast<State>(fixed_point::clamp(scaled, state_min, state_max) +
                                                 p.state_zero_point);
        sum = fixed_point::wrapping_add(
            sum, centred_dot(state, p.state_zero_point, time_weights, p.memory));
        feature_weights += p.inputs;
        time_weights += p.memory;
        state += p.memory;
      }
      const int32_t scaled = fixed_point::rescale(sum, p.output_multiplier, p.output_shift);
      const int32_t shifted = fixed_point::wrapping_add(scaled, p.output_zero_point);
      *output++ = static_cast<int8_t>(fixed_point::clamp(shifted, INT8_MIN, INT8_MAX));
    }
  }
}

}  // namespace

void svdf_s8_s16_ref(const SvdfS8S16Params& p, const int8_t* input, int16_t* state,
                     int8_t* output) {
  svdf(p, input, state, output, INT16_MIN, INT16_MAX);
}

void svdf_s8_s8_ref(const SvdfS8S8Params& p, const int8_t* input, int8_t* state, int8_t* output) {
  svdf(p, input, state, output, INT8_MIN, INT8_MAX);
}

}  // namespace thimble::kernels
