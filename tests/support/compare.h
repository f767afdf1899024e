// Comparing our outputs with those of another runtime.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "ir/tensor.h"

namespace thimble::testing {

// |ours - reference| <= relative * max|reference| + absolute, element by element. For integers
// `absolute` counts steps and `relative` is usually 0.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

inline constexpr Tolerance kExactTolerance{};
inline constexpr Tolerance kFloatTolerance{1e-5, 1e-7};   // the same arithmetic in another order
inline constexpr Tolerance kHybridTolerance{1e-4, 1e-7};  // activations quantized at run time

// The elements of a tensor as numbers, and back.
std::vector<double> to_numbers(const base::Bytes& bytes, ir::DataType type);
base::Bytes to_bytes(const std::vector<double>& numbers, ir::DataType type);

// Empty when `ours` is within the tolerance; else the number of differing elements, the first of
// them and the largest difference. NaN never is within it.
std::string difference(const base::Bytes& ours, const base::Bytes& reference, ir::DataType type,
                       Tolerance tolerance);

}  // namespace thimble::testing
