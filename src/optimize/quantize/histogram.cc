#include "optimize/quantize/histogram.h"

#include <algorithm>
#include <cmath>

namespace thimble::optimize {

void Histogram::widen(double largest) {
  if (limit_ == 0) {
    // Above the largest value, so that it lies in the last bin and not beyond.
    limit_ = std::exp2(std::floor(std::log2(largest)) + 1);
    std::swap(bins_[0], bins_[kBins / 2]);  // only zeros until now
    return;
  }
  while (largest >= limit_) {
    std::array<uint64_t, kBins> wider{};
    for (size_t i = 0; i < kBins; ++i) wider[kBins / 4 + i / 2] += bins_[i];
    bins_ = wider;
    limit_ *= 2;
  }
}

void Histogram::add(std::span<const float> values) {
  double largest = 0;
  for (float value : values) {
    if (!std::isfinite(value)) {
      ++not_finite_;
      continue;
    }
    range_.min = count_ == 0 ? value : std::min(range_.min, value);
    range_.max = count_ == 0 ? value : std::max(range_.max, value);
    ++count_;
    squares_ += double{value} * double{value};
    largest = std::max(largest, std::abs(double{value}));
  }
  if (largest > 0 && largest >= limit_) widen(largest);
  const double bins_per_unit = limit_ == 0 ? 0 : kBins / (2 * limit_);
  for (float value : values) {
    if (!std::isfinite(value)) continue;
    if (value == 0) ++zeros_;
    ++bins_[static_cast<size_t>((double{value} + limit_) * bins_per_unit)];
  }
}

}  // namespace thimble::optimize
