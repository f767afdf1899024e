// Copying what fills whole words, when nothing is to be gained by a larger memcpy.
#include "kernels/copy/kernel.h"

namespace thimble::kernels {
namespace {

template <typename T>
void word_copy(const WordCopyParams& p, const T* input, T* output) {
  for (int32_t i = 0; i < 4 * p.words; i += 4) {
    uint32_t word;
    __builtin_memcpy(&word, reinterpret_cast<const uint8_t*>(input) + i, sizeof word);
    __builtin_memcpy(reinterpret_cast<uint8_t*>(output) + i, &word, sizeof word);
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
