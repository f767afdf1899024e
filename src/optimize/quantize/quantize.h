// Post-training quantization of a float network (docs/optimize.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/calibration.h"
#include "optimize/quantize/calibrator.h"
#include "optimize/quantize/int4_layers.h"
#include "optimize/quantize/noise.h"
#include "optimize/samples.h"

namespace thimble::optimize {

enum class Scheme {
  kFull,            // int8 weights and activations
  kInt16x8,         // int8 weights, int16 activations
  kMixed,           // int8 weights, float arithmetic
  kFloat16Weights,  // float16 weights, float arithmetic
};

struct QuantizeOptions {
  Scheme scheme = Scheme::kFull;
  CalibratorOptions calibrator = {};
  bool float_edges = false;                  // inputs and outputs stay float
  bool equalize = false;                     // see equalize.h
  bool correct_bias = false;                 // see weights.h, mean_shift
  std::vector<std::string> keep_float = {};  // names of layers
  Int4Options int4 = {};                     // with kFull
  uint64_t measured_samples = 100;           // for the measured noise
};

struct Quantized {
  // With kFloat16Weights it passes ops::verify only once passes::fold_constants has run.
  ir::Graph graph;
  // Weights that fit four bits, which a file may store as such (emit/tflite_writer.h).
  std::vector<ir::TensorId> int4_weights = {};
  Noise noise;  // one entry per layer of the float network
  uint64_t calibration_samples = 0;
};

// `samples` may be empty where activations stay float: then nothing is measured. Errors:
// kInvalidArgument (the network is quantized already, no such layer to keep, useless samples),
// kMalformed (constants that are no finite numbers), kUnsupported (a layer whose integer form no
// kernel can compute).
base::Result<Quantized> quantize(const ir::Graph& graph, const QuantizeOptions& options,
                                 const OpenSamples& samples, const Progress& progress = {});

}  // namespace thimble::optimize
