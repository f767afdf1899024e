// Builds the network of integers, once every scale is known.
#pragma once

#include <map>

#include "base/result.h"
#include "ir/graph.h"
#include "optimize/quantize/calibration.h"
#include "optimize/quantize/scales.h"

namespace thimble::optimize {

struct IntegerNetworkOptions {
  ir::DataType type = ir::DataType::kInt8;  // of activations: int8 or int16
  bool float_edges = false;          // inputs and outputs stay float and are converted inside
  bool correct_bias = false;         // see bias_correction.h
  std::vector<bool> four_bits = {};  // by node: whose weights; empty: none's
};

// A float network as one of integers. Tensors keep their ids: where a node computes with integers,
// its outputs become integers, and so do inputs of the network without float edges. New tensors and
// nodes convert between the two where a float layer stays, and where shared scales cannot be.
// The result passes ops::verify, or the error says which layer cannot be an integer one.
base::Result<ir::Graph> integer_network(const ir::Graph& graph, const IntegerNodes& integer,
                                        const std::map<ir::TensorId, ir::Quantization>& scales,
                                        const Calibration& calibration,
                                        const IntegerNetworkOptions& options);

}  // namespace thimble::optimize
