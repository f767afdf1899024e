// The fused activation of int8 pooling.
#pragma once

#include "kernels/pool/kernel.h"
#include "runtime/simd.h"

namespace thimble::kernels {

// Clamps four elements.
class PoolClamp {
 public:
  explicit PoolClamp(const PoolParams& p)
      : min_(simd::repeat_byte(p.min)), max_(simd::repeat_byte(p.max)) {}

  uint32_t operator()(uint32_t word) const {
    return simd::min_s8x4(simd::max_s8x4(word, min_), max_);
  }

 private:
  uint32_t min_, max_;
};

}  // namespace thimble::kernels
