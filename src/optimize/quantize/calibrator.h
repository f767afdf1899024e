// Which range of a tensor's values its integers cover. Values beyond it are clamped, the others lie
// closer together: a trade that the calibrators judge differently.
#pragma once

#include <string_view>

#include "ir/tensor.h"
#include "optimize/quantize/histogram.h"

namespace thimble::optimize {

enum class Calibrator {
  kMinMax,      // everything that was seen
  kPercentile,  // without the outermost values
  kMse,         // least mean squared error
  kEntropy,     // least Kullback-Leibler divergence of the quantized from the real distribution
};

struct CalibratorOptions {
  Calibrator calibrator = Calibrator::kMinMax;
  double percentile = 99.99;  // kPercentile: how many percent of the values lie inside
};

// `type` is int8 or int16. The range contains 0.
ops::Range calibrated_range(const Histogram& histogram, const CalibratorOptions& options,
                            ir::DataType type);

// The quantization over a range: asymmetric for int8, symmetric for int16.
ir::Quantization quantization_over(ops::Range range, ir::DataType type);

// Mean squared error of quantizing what the histogram has seen: steps are uniformly distributed
// within (Bennett 1948: step squared / 12), zeros are exact, and what lies beyond is clamped.
double mean_squared_error(const Histogram& histogram, const ir::Quantization& quantization,
                          ir::DataType type);

}  // namespace thimble::optimize
