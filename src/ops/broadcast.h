// How two operands of different shapes meet element by element: numpy's rules, up to 6 dimensions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ir/tensor.h"

namespace thimble::ops {

inline constexpr size_t kMaxDimensions = 6;

// Loops over the output, outermost first. Dimensions that both operands walk in one go are merged:
// equal shapes leave one loop, a scalar or per-channel operand at most two. Unused outer loops have
// the extent 1.
struct Broadcast {
  ir::Shape output;
  std::array<int32_t, kMaxDimensions> extents;
  std::array<int32_t, kMaxDimensions> a_strides;  // in elements; 0 where the operand repeats
  std::array<int32_t, kMaxDimensions> b_strides;

  // Errors: kMalformed when an extent is neither equal nor 1.
  static base::Result<Broadcast> of(const ir::Shape& a, const ir::Shape& b);

  // Calls f(index into a, index into b) for every output element in memory order.
  template <typename F>
  void for_each(F f) const {
    walk(0, 0, 0, f);
  }

 private:
  template <typename F>
  void walk(size_t dimension, int64_t a, int64_t b, F& f) const {
    for (int32_t i = 0; i < extents[dimension]; ++i) {
      if (dimension + 1 == kMaxDimensions)
        f(a, b);
      else
        walk(dimension + 1, a, b, f);
      a += a_strides[dimension];
      b += b_strides[dimension];
    }
  }
};

}  // namespace thimble::ops
