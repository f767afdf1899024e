// Portable padding, one row of the innermost dimension after the other.
#include "kernels/pad/kernel.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kOuter = kPadDimensions - 1;

template <typename T>
bool is_inside(const PadParams<T>& p, const int32_t* index) {
  for (int32_t d = 0; d < kOuter; ++d)
    if (index[d] < p.before[d] || index[d] >= p.before[d] + p.extents[d]) return false;
  return true;
}

// Moves to the next row of the output. Returns false after the last one.
template <typename T>
bool next_row(const PadParams<T>& p, int32_t* index) {
  for (int32_t d = kOuter - 1; d >= 0; --d) {
    if (++index[d] < p.before[d] + p.extents[d] + p.after[d]) return true;
    index[d] = 0;
  }
  return false;
}

template <typename T>
T* fill(T* output, int32_t count, T value) {
  if constexpr (sizeof(T) == 1) {
    __builtin_memset(output, value, static_cast<uint32_t>(count));
    return output + count;
  }
  for (int32_t i = 0; i < count; ++i) output[i] = value;
  return output + count;
}

template <typename T>
void pad(const PadParams<T>& p, const T* input, T* output) {
  const int32_t extent = p.extents[kOuter], before = p.before[kOuter], after = p.after[kOuter];
  int32_t index[kOuter] = {};
  do {
    if (is_inside(p, index)) {
      output = fill(output, before, p.value);
      __builtin_memcpy(output, input, static_cast<uint32_t>(extent) * sizeof(T));
      input += extent;
      output = fill(output + extent, after, p.value);
    } else {
      output = fill(output, before + extent + after, p.value);
    }
  } while (next_row(p, index));
}

}  // namespace

void pad_s8_ref(const PadParams<int8_t>& p, const int8_t* input, int8_t* output) {
  pad(p, input, output);
}

void pad_s16_ref(const PadParams<int16_t>& p, const int16_t* input, int16_t* output) {
  pad(p, input, output);
}

void pad_s32_ref(const PadParams<int32_t>& p, const int32_t* input, int32_t* output) {
  pad(p, input, output);
}

void pad_f32_ref(const PadParams<float>& p, const float* input, float* output) {
  pad(p, input, output);
}

}  // namespace thimble::kernels
