// Copying what fills whole words, when nothing is to be gained by a larger memcpy.
#include "kernels/copy/kernel.h"

namespace thimble::kernels {
namespace {

template <typename T>
void word_copy(const WordCopyParams& p, const T* input, T* output) {
  const auto* from = static_cast<const uint8_t*>(__builtin_assume_aligned(input, 4));
  auto* to = static_cast<uint8_t*>(__builtin_assume_aligned(output, 4));
  for (int32_t i = 0; i < 4 * p.words; i += 4) {
    uint32_t word;
    __builtin_memcpy(&word, from + i, sizeof word);
    __builtin_memcpy(to + i, &word, sizeof word);
  }
}

}  // namespace

void word_copy_s8_ref(const WordCopyParams& p, const int8_t* input, int8_t* output) {
  word_copy(p, input, output);
}

void word_copy_s16_ref(const WordCopyParams& p, const int16_t* input, int16_t* output) {
  word_copy(p, input, output);
}

void word_copy_s32_ref(const WordCopyParams& p, const int32_t* input, int32_t* output) {
  word_copy(p, input, output);
}

void word_copy_f32_ref(const WordCopyParams& p, const float* input, float* output) {
  word_copy(p, input, output);
}

}  // namespace thimble::kernels
