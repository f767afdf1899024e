// A float run of a network on random inputs, from which everything that depends on activations
// follows: the ranges for quantization, and weights and biases that keep every channel alive.
//
// A deep network of random weights forgets its input: the mean of a channel grows larger than its
// variation, so that a ReLU is always zero or never, and at the end all classes are equal. Trained
// networks have batch normalization against that (Ioffe and Szegedy 2015). Here the layers are
// normalized one after another, in the order in which they run (as Mishkin and Matas 2016 do): each
// channel of a convolution gets the variance one, and a mean of about one. With a mean of zero,
// rounding errors would grow by a fifth with every layer (Yang et al. 2019).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "ops/quantize_values.h"

namespace thimble::zoo {

// Results by tensor id; they fit any network of the same layers, whatever its resolution.
struct Calibration {
  std::vector<ops::Range> ranges;                     // of constants: empty ranges
  std::map<ir::TensorId, std::vector<float>> gains;   // factors for weights, by output channel
  std::map<ir::TensorId, std::vector<float>> biases;  // to be used instead of the graph's
};

// What a long command is doing, and how far it is: 0 to 1.
using Progress = std::function<void(std::string_view stage, double fraction)>;

// `graph` is float32, has one input and passes ops::verify. Its biases make the
// means of the channels differ, in standard deviations. Memory: `samples` times all activations.
base::Result<Calibration> calibrate(const ir::Graph& graph, uint64_t seed, int samples,
                                    const Progress& progress);

}  // namespace thimble::zoo
