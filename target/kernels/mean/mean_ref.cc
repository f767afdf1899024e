// Portable mean, one output after the other.
#include "kernels/mean/kernel.h"
#include "runtime/fixed_point.h"

namespace thimble::kernels {
namespace {

// Calls f(element) at all steps of three nested loops.
template <typename T, typename F>
void for_each(const int32_t* extents, const int32_t* strides, const T* start, F f) {
  for (int32_t i = 0; i < extents[0]; ++i)
    for (int32_t j = 0; j < extents[1]; ++j) {
      const T* element = start + i * strides[0] + j * strides[1];
      for (int32_t k = 0; k < extents[2]; ++k, element += strides[2]) f(element);
    }
}

// Integer sums are uint32_t, so that they wrap around. `finish(sum)` makes the output element.
template <typename Sum, typename T, typename Finish>
void mean(const MeanParams& p, const T* input, T* output, Finish finish) {
  for_each(p.kept_extents, p.kept_strides, input, [&](const T* start) {
    Sum sum{};
    for_each(p.reduced_extents, p.reduced_strides, start,
             [&](const T* element) { sum += static_cast<Sum>(*element); });
    *output++ = finish(sum);
  });
}

template <typename T>
void mean_integer(const MeanParams& p, const T* input, T* output, int32_t low, int32_t high) {
  mean<uint32_t>(p, input, output, [&](uint32_t sum) {
    const int32_t centred = fixed_point::wrapping_add(static_cast<int32_t>(sum), p.offset);
    const int32_t scaled = fixed_point::rescale(centred, p.multiplier, p.shift);
    const int32_t shifted = fixed_point::wrapping_add(scaled, p.output_zero_point);
    return static_cast<T>(fixed_point::clamp(shifted, low, high));
  });
}

}  // namespace

void mean_s8_ref(const MeanParams& p, const int8_t* input, int8_t* output) {
  mean_integer(p, input, output, INT8_MIN, INT8_MAX);
}

void mean_s16_ref(const MeanParams& p, const int16_t* input, int16_t* output) {
  mean_integer(p, input, output, INT16_MIN, INT16_MAX);
}

void mean_f32_ref(const MeanParams& p, const float* input, float* output) {
  mean<float>(p, input, output, [&](float sum) { return sum / p.count; });
}

}  // namespace thimble::kernels
