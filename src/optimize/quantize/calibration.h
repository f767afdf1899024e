// Runs a float network over calibration samples and keeps statistics of every tensor, not values:
// memory does not grow with the number of samples.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/histogram.h"
#include "optimize/samples.h"

namespace thimble::optimize {

struct TensorStatistics {
  Histogram histogram;
  std::vector<double> channel_sums;  // by index along the innermost dimension
  uint64_t values_per_channel = 0;

  double channel_mean(size_t channel) const {
    return values_per_channel == 0
               ? 0
               : channel_sums[channel] / static_cast<double>(values_per_channel);
  }
};

struct Calibration {
  std::vector<TensorStatistics> tensors;  // by tensor id; empty for what is no float activation
  uint64_t samples = 0;

  const TensorStatistics& of(ir::TensorId id) const { return tensors[static_cast<size_t>(id)]; }
};

// What a long command is doing, and how many samples it has done.
using Progress = std::function<void(std::string_view stage, uint64_t samples)>;

// `graph` passes ops::verify. Errors: those of the samples; kInvalidArgument when there are none,
// when all their values are the same, or when a tensor gets values that are no finite numbers.
base::Result<Calibration> calibrate(const ir::Graph& graph, const OpenSamples& open,
                                    const Progress& progress);

}  // namespace thimble::optimize
