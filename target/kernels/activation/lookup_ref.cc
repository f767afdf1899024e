// Any function of an int8.
#include "kernels/activation/kernel.h"

namespace thimble::kernels {

void lookup_s8_ref(const LookupParams& p, const int8_t* input, int8_t* output) {
  const int8_t* table = p.table + 128;
  for (int32_t i = 0; i < p.count; ++i) output[i] = table[input[i]];
}

}  // namespace thimble::kernels
