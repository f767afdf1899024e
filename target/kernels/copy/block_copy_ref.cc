// Concatenating.
#include "kernels/copy/kernel.h"

namespace thimble::kernels {
namespace {

template <typename T>
void block_copy(const BlockCopyParams& p, const T* input, T* output) {
  output += p.output_offset;
  for (int32_t n = 0; n < p.blocks; ++n, input += p.block, output += p.output_step)
    __builtin_memcpy(output, input, static_cast<uint32_t>(p.block) * sizeof(T));
}

}  // namespace

void block_copy_s8_ref(const BlockCopyParams& p, const int8_t* input, int8_t* output) {
  block_copy(p, input, output);
}

void block_copy_s16_ref(const BlockCopyParams& p, const int16_t* input, int16_t* output) {
  block_copy(p, input, output);
}

void block_copy_s32_ref(const BlockCopyParams& p, const int32_t* input, int32_t* output) {
  block_copy(p, input, output);
}

void block_copy_f32_ref(const BlockCopyParams& p, const float* input, float* output) {
  block_copy(p, input, output);
}

}  // namespace thimble::kernels
