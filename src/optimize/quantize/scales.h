// One quantization for every activation of a network: from the calibration, from the operators'
// rules, or shared with another tensor.
#pragma once

#include <map>
#include <vector>

#include "ir/graph.h"
#include "optimize/quantize/calibration.h"
#include "optimize/quantize/calibrator.h"

namespace thimble::optimize {

// Which nodes compute with integers, by index.
using IntegerNodes = std::vector<bool>;

// By tensor id, for float activations and for float constants that are computed with like
// activations. `type` is int8 or int16.
std::map<ir::TensorId, ir::Quantization> activation_scales(const ir::Graph& graph,
                                                           const IntegerNodes& integer,
                                                           const Calibration& calibration,
                                                           const CalibratorOptions& options,
                                                           ir::DataType type);

// Whether an operand of the node is quantized as an activation.
bool is_activation_operand(const ir::Graph& graph, const ir::Node& node, size_t operand);

}  // namespace thimble::optimize
