// What the softmax kernels share.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

template <typename T>
inline T largest_of_row(const T* row, int32_t depth) {
  T largest = row[0];
  for (int32_t c = 1; c < depth; ++c)
    if (row[c] > largest) largest = row[c];
  return largest;
}

inline int32_t leading_zeros(uint32_t x) {
  return __builtin_clz(x);
}

}  // namespace thimble::kernels
