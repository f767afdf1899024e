// What calibration remembers of a tensor: how often which values occurred. Its size does not depend
// on how many values it has seen, and the range need not be known before.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "ops/quantize_values.h"

namespace thimble::optimize {

class Histogram {
 public:
  // Bins of equal width over [-limit, limit). The limit is a power of two that doubles when a value
  // lies beyond; two neighbouring bins then become one.
  static constexpr size_t kBins = 4096;

  void add(std::span<const float> values);

  uint64_t count() const { return count_; }  // finite values
  uint64_t zeros() const { return zeros_; }
  uint64_t not_finite() const { return not_finite_; }
  ops::Range range() const { return range_; }  // of the finite values; 0 to 0 without any
  double mean_square() const { return count_ == 0 ? 0 : squares_ / static_cast<double>(count_); }

  uint64_t bin(size_t i) const { return bins_[i]; }
  double bin_width() const { return 2 * limit_ / kBins; }
  double bin_centre(size_t i) const {
    return (static_cast<double>(i) + 0.5) * bin_width() - limit_;
  }

 private:
  void widen(double largest);

  double limit_ = 0;
  std::array<uint64_t, kBins> bins_{};
  uint64_t count_ = 0, zeros_ = 0, not_finite_ = 0;
  double squares_ = 0;
  ops::Range range_;
};

}  // namespace thimble::optimize
