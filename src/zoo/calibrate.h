// A float run of a network on random inputs, from which everything that depends on activations
// follows: the ranges for quantization, and biases that keep every channel alive.
//
// A deep network of random weights forgets its input: the mean of a channel grows larger than its
// variation, so that a ReLU is always zero or never (He et al. 2015, section 2.2, keeps the mean
// square, not the variance). Trained networks have batch normalization against that. Here the bias
// of each convolution takes the channel's mean away, up to a small random rest.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "zoo/quantize.h"

namespace thimble::zoo {

// Results by tensor id; they fit any network of the same layers, whatever its resolution.
struct Calibration {
  std::vector<Range> ranges;                          // of constants: empty ranges
  std::map<ir::TensorId, std::vector<float>> biases;  // of convolutions, by the bias's tensor
};

// What a long command is doing, and how far it is: 0 to 1.
using Progress = std::function<void(std::string_view stage, double fraction)>;

// `graph` is float32, has one input and passes ops::verify. Its biases stand for the random rest,
// in standard deviations of the channel. Memory: `samples` times all activations.
base::Result<Calibration> calibrate(const ir::Graph& graph, uint64_t seed, int samples,
                                    const Progress& progress);

}  // namespace thimble::zoo
