// Transposing and slicing.
#include "kernels/copy/kernel.h"

namespace thimble::kernels {
namespace {

// Walks the loops outside the innermost one. Returns false after the last step.
bool next_row(const StridedCopyParams& p, int32_t* index, int32_t& start) {
  for (int32_t loop = kCopyLoops - 2; loop >= 0; --loop) {
    start += p.strides[loop];
    if (++index[loop] < p.extents[loop]) return true;
    start -= p.strides[loop] * p.extents[loop];
    index[loop] = 0;
  }
  return false;
}

template <typename T>
void strided_copy(const StridedCopyParams& p, const T* input, T* output) {
  const int32_t count = p.extents[kCopyLoops - 1], step = p.strides[kCopyLoops - 1];
  int32_t index[kCopyLoops - 1] = {};
  int32_t start = p.offset;
  do {
    int32_t from = start;
    for (int32_t i = 0; i < count; ++i, from += step) *output++ = input[from];
  } while (next_row(p, index, start));
}

}  // namespace

void strided_copy_s8_ref(const StridedCopyParams& p, const int8_t* input, int8_t* output) {
  strided_copy(p, input, output);
}

void strided_copy_s16_ref(const StridedCopyParams& p, const int16_t* input, int16_t* output) {
  strided_copy(p, input, output);
}

void strided_copy_s32_ref(const StridedCopyParams& p, const int32_t* input, int32_t* output) {
  strided_copy(p, input, output);
}

void strided_copy_f32_ref(const StridedCopyParams& p, const float* input, float* output) {
  strided_copy(p, input, output);
}

}  // namespace thimble::kernels
