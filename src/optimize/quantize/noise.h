// Signal-to-quantization-noise ratios (SQNR): predicted for each step of quantization alone,
// combined to that of the network, and measured by running both networks side by side.
//
// A ratio is power over power; reports give it in dB. Without any noise it is infinite.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/calibration.h"

namespace thimble::optimize {

inline constexpr double kNoNoise = std::numeric_limits<double>::infinity();

// 10 log10 of a ratio.
double decibels(double ratio);

struct LayerNoise {
  std::string name, op;
  std::string numbers;                  // "int8", "int16", "float32", "float32, int8 weights"
  std::optional<double> weights = {};   // SQNR of weights and constants; none: the layer has none
  std::optional<double> output = {};    // of the output, quantized alone; none: nothing is rounded
  std::optional<double> measured = {};  // of the output, with all the noise from before
};

struct Noise {
  std::vector<LayerNoise> layers;
  std::optional<double> input;  // SQNR of the network's inputs
  // 1 / SQNR = sum of 1 / SQNR of all steps (Heim 2021, equation 2.18, after Lin et al. 2016).
  double predicted = kNoNoise;
  std::optional<double> measured;        // of the network's outputs
  uint64_t samples = 0, same_class = 0;  // measured: how often the largest output is the same
};

// SQNR of a constant that was `before` and is now `after`.
double constant_sqnr(std::span<const float> before, std::span<const float> after);

// Fills in what is measured. Tensors of `quantized` have the ids that they have in `graph`; where
// it has none of them as an activation, nothing is measured. At most `max_samples` samples.
base::Result<> measure_noise(const ir::Graph& graph, const ir::Graph& quantized,
                             const OpenSamples& open, uint64_t max_samples,
                             const Progress& progress, Noise& noise);

}  // namespace thimble::optimize
