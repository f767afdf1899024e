#include "optimize/quantize/calibrator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/quantization.h"

namespace thimble::optimize {
namespace {

// The real numbers that the smallest and the largest integer stand for.
ops::Range covered(const ir::Quantization& quantization, ir::DataType type) {
  const ops::IntegerRange integers = ops::type_range(type);
  auto real = [&](int32_t integer) {
    return quantization.scales[0] * static_cast<float>(integer - quantization.zero_points[0]);
  };
  return {real(integers.min), real(integers.max)};
}

ops::Range with_zero(ops::Range range) {
  return {std::min(range.min, 0.0f), std::max(range.max, 0.0f)};
}

ops::Range percentile_range(const Histogram& histogram, double percentile) {
  // Half of what may be left out on each side.
  const double outside = static_cast<double>(histogram.count()) * (100 - percentile) / 100 / 2;
  auto cut = [&](bool from_above) {
    double seen = 0;
    for (size_t n = 0; n < Histogram::kBins; ++n) {
      const size_t i = from_above ? Histogram::kBins - 1 - n : n;
      seen += static_cast<double>(histogram.bin(i));
      if (seen > outside) {
        const double outer_edge = (from_above ? 0.5 : -0.5) * histogram.bin_width();
        return static_cast<float>(histogram.bin_centre(i) + outer_edge);
      }
    }
    return 0.0f;
  };
  const ops::Range seen = histogram.range();
  return {std::max(cut(false), seen.min), std::min(cut(true), seen.max)};
}

// How far each side of the range is drawn in, tried one by one.
constexpr int kCandidates = 64;
constexpr float kSmallestShare = 0.2f;

float candidate_share(int candidate) {
  return 1 - (1 - kSmallestShare) * static_cast<float>(candidate) / kCandidates;
}

ops::Range mse_range(const Histogram& histogram, ir::DataType type) {
  ops::Range best = histogram.range();
  auto error_of = [&](ops::Range range) {
    return mean_squared_error(histogram, quantization_over(range, type), type);
  };
  double least = error_of(best);
  auto try_range = [&](ops::Range range) {
    const double error = error_of(range);
    if (error < least) least = error, best = range;
  };
  // One side after the other, twice: the error is nearly separable in the two.
  for (int round = 0; round < 2; ++round) {
    const ops::Range seen = histogram.range();
    for (int i = 1; i < kCandidates; ++i) try_range({best.min, seen.max * candidate_share(i)});
    for (int i = 1; i < kCandidates; ++i) try_range({seen.min * candidate_share(i), best.max});
  }
  return best;
}

// Of the distribution with its bins merged to 256 levels within the range, and what lies beyond
// clamped to the outermost bins (Migacz 2017, "8-bit inference with TensorRT").
double divergence(const Histogram& histogram, ops::Range range) {
  constexpr size_t kLevels = 256;
  const double width = histogram.bin_width();
  auto index = [&](double value) {
    const auto i = static_cast<int64_t>((value - histogram.bin_centre(0)) / width + 0.5);
    return static_cast<size_t>(std::clamp<int64_t>(i, 0, Histogram::kBins - 1));
  };
  const size_t first = index(range.min), last = index(range.max);
  std::vector<double> inside;
  for (size_t i = first; i <= last; ++i) inside.push_back(static_cast<double>(histogram.bin(i)));
  std::vector<double> clamped = inside;
  for (size_t i = 0; i < first; ++i) clamped.front() += static_cast<double>(histogram.bin(i));
  for (size_t i = last + 1; i < Histogram::kBins; ++i)
    clamped.back() += static_cast<double>(histogram.bin(i));

  const auto total = static_cast<double>(histogram.count());
  double kept = 0;
  for (double count : inside) kept += count;
  double result = 0;
  const size_t bins = inside.size();
  for (size_t level = 0; level < kLevels; ++level) {
    const size_t begin = level * bins / kLevels, end = (level + 1) * bins / kLevels;
    double sum = 0, occupied = 0;
    for (size_t i = begin; i < end; ++i) {
      sum += inside[i];
      occupied += clamped[i] > 0 ? 1 : 0;
    }
    for (size_t i = begin; i < end; ++i) {
      if (clamped[i] == 0) continue;
      // A level that lost everything would have an infinite divergence; it gets next to nothing.
      const double q = std::max(sum / occupied / kept, 1e-12);
      result += clamped[i] / total * std::log(clamped[i] / total / q);
    }
  }
  return result;
}

ops::Range entropy_range(const Histogram& histogram) {
  const ops::Range seen = histogram.range();
  ops::Range best = seen;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kCandidates; ++i) {
    const float share = candidate_share(i);
    const ops::Range range{seen.min * share, seen.max * share};
    const double value = divergence(histogram, range);
    if (value < least) least = value, best = range;
  }
  return best;
}

}  // namespace

ir::Quantization quantization_over(ops::Range range, ir::DataType type) {
  return type == ir::DataType::kInt16 ? ops::symmetric_int16_quantization(range)
                                      : ops::activation_quantization(range);
}

double mean_squared_error(const Histogram& histogram, const ir::Quantization& quantization,
                          ir::DataType type) {
  if (histogram.count() == 0) return 0;
  const ops::Range range = covered(quantization, type);
  const double step = quantization.scales[0];
  double error = 0;
  uint64_t inside = 0;
  for (size_t i = 0; i < Histogram::kBins; ++i) {
    const uint64_t count = histogram.bin(i);
    if (count == 0) continue;
    const double value = histogram.bin_centre(i);
    const double beyond = std::max({range.min - value, value - range.max, 0.0});
    // Half a bin beyond is within what the histogram knows.
    if (beyond <= histogram.bin_width() / 2)
      inside += count;
    else
      error += static_cast<double>(count) * beyond * beyond;
  }
  const uint64_t rounded = inside - std::min(inside, histogram.zeros());
  error += static_cast<double>(rounded) * step * step / 12;
  return error / static_cast<double>(histogram.count());
}

ops::Range calibrated_range(const Histogram& histogram, const CalibratorOptions& options,
                            ir::DataType type) {
  if (histogram.count() == histogram.zeros()) return {};
  switch (options.calibrator) {
    case Calibrator::kMinMax:
      break;
    case Calibrator::kPercentile:
      return with_zero(percentile_range(histogram, options.percentile));
    case Calibrator::kMse:
      return with_zero(mse_range(histogram, type));
    case Calibrator::kEntropy:
      return with_zero(entropy_range(histogram));
  }
  return with_zero(histogram.range());
}

}  // namespace thimble::optimize
